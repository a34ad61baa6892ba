"""Carrying messages by mail."""

from collections.abc import Callable

from services.notifications.domain.states import Answer, Outcome
from services.notifications.mail.compose import UnusableAddress, compose
from services.notifications.mail.smtp import Connection
from services.notifications.parcels import Parcel
from services.notifications.settings import MailSettings


class MailCarrier:
    """One connection to the mail server, for parcel after parcel. Not thread-safe."""

    def __init__(self, settings: MailSettings) -> None:
        self._sender, self._reply_to = settings.sender, settings.reply_to
        self._connection = Connection(settings)

    @property
    def away(self) -> bool:
        return self._connection.away

    def carry(self, parcel: Parcel, hand_over: Callable[[], bool]) -> Answer | None:
        """Hand ``parcel`` to the mail server; None when ``hand_over`` forbade it at the last moment."""
        try:
            mail = compose(parcel, self._sender, self._reply_to)
        except UnusableAddress:
            return Answer(Outcome.REFUSED, text="the address cannot be used")
        return self._connection.carry(mail, hand_over)

    def close(self) -> None:
        self._connection.close()
