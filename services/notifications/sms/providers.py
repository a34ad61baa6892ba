"""Those who carry SMS here, in the order in which they are tried."""

from collections.abc import Callable, Mapping

from services.notifications.settings import SmsSettings
from services.notifications.sms.brevo import Brevo
from services.notifications.sms.gateway import Gateway
from services.notifications.sms.ovh import Ovh
from services.notifications.sms.provider import Provider


def make_providers(settings: SmsSettings) -> dict[str, Provider]:
    """The providers of ``settings`` by name."""
    return {name: _MAKERS[name](settings) for name in settings.providers}


def _ovh(settings: SmsSettings) -> Provider:
    return Ovh(settings.ovh, price=settings.price, timeout=settings.timeout, secret=settings.secret)


def _brevo(settings: SmsSettings) -> Provider:
    return Brevo(
        settings.brevo,
        price=settings.price,
        timeout=settings.timeout,
        secret=settings.secret,
        address=settings.callbacks,
    )


def _gateway(settings: SmsSettings) -> Provider:
    return Gateway(settings.gateway, timeout=settings.timeout)


_MAKERS: Mapping[str, Callable[[SmsSettings], Provider]] = {
    "ovh": _ovh,
    "brevo": _brevo,
    "gateway": _gateway,
}
