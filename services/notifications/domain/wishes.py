"""What people do not want: kinds of messages that they can do without, and channels."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import UNSOLICITED, WITH_CONSENT, Kind

# What is handed over at the desk is asked for by coming.
REFUSABLE_CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.LETTER, Channel.CALL)


@dataclass(frozen=True, slots=True)
class Unwanted:
    """A kind that is not wanted at all, a channel that is not, or the one by the other."""

    kind: Kind | None
    channel: Channel | None


def is_wanted(kind: Kind, unwanted: Sequence[Unwanted], *, consents: bool) -> bool:
    """Whether a person is told something of ``kind``.

    Who does not consent to be contacted still gets what answers them, or changes what they asked for.
    """
    if kind in WITH_CONSENT and not consents:
        return False
    return kind not in UNSOLICITED or Unwanted(kind, None) not in unwanted


def is_wanted_by(channel: Channel, kind: Kind, unwanted: Sequence[Unwanted]) -> bool:
    """Whether a person is told something of ``kind`` by ``channel``; if not, the next channel is theirs."""
    return not any(one.channel == channel and one.kind in (None, kind) for one in unwanted)


def refused_channels(kind: Kind, unwanted: Sequence[Unwanted]) -> list[Channel]:
    """The channels by which a person does not want to be told something of ``kind``."""
    return [one for one in REFUSABLE_CHANNELS if not is_wanted_by(one, kind, unwanted)]
