"""The rules of registration that need nothing but their arguments."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.events.catalogue import AGE_BANDS, OTHER_SITUATION, SITUATIONS_COUNTED

# In one meeting; what a typing slip would exceed.
MOST_HEADS = 2000
_BAND_ENDS = (11, 17, 25, 39, 59, 74)
_NOT_WORD = re.compile(r"[^\w]+")
_POSTCODE = re.compile(r"[0-9]{5}")


class SessionStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class RegistrationMode(StrEnum):
    """Whether one registers for a session; where nobody does, heads are counted."""

    REQUIRED = "required"
    NONE = "none"


class RegistrationStatus(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


LIVE = (
    RegistrationStatus.PENDING,
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.WAITLISTED,
    RegistrationStatus.OFFERED,
)

# What a registration may become, and by what. Anything else is refused.
TRANSITIONS: Mapping[RegistrationStatus, Mapping[str, Sequence[RegistrationStatus]]] = {
    RegistrationStatus.PENDING: {
        "confirm": (RegistrationStatus.CONFIRMED, RegistrationStatus.WAITLISTED),
        "decline": (RegistrationStatus.DECLINED,),
        "cancel": (RegistrationStatus.CANCELLED,),
    },
    RegistrationStatus.WAITLISTED: {
        "promote": (RegistrationStatus.CONFIRMED,),
        "offer": (RegistrationStatus.OFFERED,),
        "cancel": (RegistrationStatus.CANCELLED,),
    },
    RegistrationStatus.OFFERED: {
        "accept": (RegistrationStatus.CONFIRMED,),
        "expire": (RegistrationStatus.EXPIRED,),
        "cancel": (RegistrationStatus.CANCELLED,),
    },
    RegistrationStatus.CONFIRMED: {"cancel": (RegistrationStatus.CANCELLED,)},
    RegistrationStatus.DECLINED: {},
    RegistrationStatus.CANCELLED: {},
    RegistrationStatus.EXPIRED: {},
}


# The faces that people tap, and the ratings they stand for.
FACES: Mapping[str, int] = {"happy": 5, "neutral": 3, "unhappy": 1}


class CallOutcome(StrEnum):
    """What came of calling someone; ``withdrawn`` when there was no reason to call after all."""

    REACHED = "reached"
    NO_ANSWER = "no-answer"
    LEFT_MESSAGE = "left-message"
    WITHDRAWN = "withdrawn"


class ReferralStatus(StrEnum):
    OPEN = "open"
    ADJOURNED = "adjourned"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_DECISIONS = (
    ReferralStatus.GRANTED,
    ReferralStatus.REFUSED,
    ReferralStatus.ADJOURNED,
    ReferralStatus.WITHDRAWN,
)
# What may become of a referral: what is adjourned is decided again, all else is for good.
REFERRAL_TRANSITIONS: Mapping[ReferralStatus, Sequence[ReferralStatus]] = {
    ReferralStatus.OPEN: _DECISIONS,
    ReferralStatus.ADJOURNED: _DECISIONS,
    ReferralStatus.GRANTED: (),
    ReferralStatus.REFUSED: (),
    ReferralStatus.WITHDRAWN: (),
}


# What people ask for; the others happen by themselves.
_ASKED_FOR = ("confirm", "decline", "accept", "cancel")


def may(status: str, action: str) -> bool:
    """Whether ``action`` is possible for a registration in ``status``."""
    return action in TRANSITIONS[RegistrationStatus(status)]


def outcomes(status: RegistrationStatus, action: str) -> Sequence[RegistrationStatus]:
    """What ``action`` may make of a registration in ``status``; nothing if it is not possible."""
    return TRANSITIONS[status].get(action, ())


def possible(status: str) -> Sequence[str]:
    """What one may ask for, for a registration in ``status``."""
    return [action for action in _ASKED_FOR if may(status, action)]


def absences_that_call(threshold: int, *, at_last_call: int | None, reached: bool) -> int:
    """How many absences put a person on the call list, ``at_last_call`` of which there was a call for.

    Who was reached may miss as many again; who was not, is tried again at the next absence.
    """
    if at_last_call is None:
        return threshold
    return at_last_call + (threshold if reached else 1)


def fold(text: str) -> str:
    """``text`` without case, accents, punctuation and double spaces, for comparing what people type."""
    # Taken apart before and after: some signs are only then found to be letters, and others capitals.
    apart = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(
        c for c in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(c)
    )
    return _NOT_WORD.sub(" ", letters).strip()


def name_key(given_name: str, family_name: str) -> str:
    """What two spellings of one person's name have in common."""
    # A name of signs alone folds to nothing, and may not make strangers one person.
    parts = [fold(name) or name.strip() for name in (given_name, family_name)]
    return "|".join(parts)


def months_before(moment: datetime, months: int) -> datetime:
    """The same day and time so many months earlier; the last day of a month that has no such day."""
    first = moment.year * 12 + moment.month - 1 - months
    year, month = first // 12, first % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def age_band(birth_year: int | None, year: int) -> str | None:
    """The age band, in ``year``, of someone born in ``birth_year``."""
    if birth_year is None:
        return None
    age = year - birth_year
    return next(
        (band for band, end in zip(AGE_BANDS, _BAND_ENDS, strict=False) if age <= end),
        AGE_BANDS[-1],
    )


def coarse_person(participant: Mapping[str, Any], *, statistics: bool, year: int) -> dict[str, Any]:
    """What statistics may know of a participant; nothing without their consent.

    Nothing that anyone wrote freely is among it: a district is a postcode, and situations that are not of a known
    vocabulary count as ``other``.
    """
    if not statistics:
        return {"age_band": None, "district": None, "situations": []}
    postcode = participant["postcode"]
    return {
        "age_band": age_band(participant["birth_year"], year),
        "district": postcode if postcode and _POSTCODE.fullmatch(postcode) else None,
        "situations": sorted(
            {
                one if one in SITUATIONS_COUNTED else OTHER_SITUATION
                for one in participant["situations"]
            }
        ),
    }
