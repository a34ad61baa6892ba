"""Who of those who work here is told what."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.notifications.domain.kinds import Kind


@dataclass(frozen=True, slots=True)
class Member:
    """An account: ``programmes`` are the discreet ones whose people they may know of."""

    id: UUID
    role: str
    organisation: str | None = None
    programmes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Matter:
    """What something to tell is about, as far as that decides whom it concerns."""

    kind: Kind
    organisation: str | None = None
    programme: str | None = None
    discreet: bool = False


# The roles that each kind concerns; facilitators for their own organisation only.
_ROLES: dict[Kind, frozenset[str]] = {
    Kind.BELOW_MINIMUM: frozenset({"facilitator", "manager"}),
    Kind.ATTENDANCE_MISSING: frozenset({"facilitator"}),
    Kind.CALL_NEEDED: frozenset({"adviser"}),
    Kind.EVENTS_PARKED: frozenset({"operator"}),
    Kind.FAILURES_RISING: frozenset({"operator"}),
    Kind.SMS_BUDGET_LOW: frozenset({"manager"}),
}


def concerned(matter: Matter, members: Sequence[Member]) -> list[Member]:
    """Those of ``members`` to tell: of a discreet programme its own advisers alone.

    What concerns nobody is told to managers, so that somebody knows; but nothing of a discreet programme.
    """
    if matter.discreet:
        return [one for one in members if one.role == "adviser" and _advises(one, matter)]
    roles = _ROLES[matter.kind]
    found = [one for one in members if one.role in roles and _is_of(one, matter)]
    return found or [one for one in members if one.role == "manager"]


def _advises(member: Member, matter: Matter) -> bool:
    return matter.programme in member.programmes


def _is_of(member: Member, matter: Matter) -> bool:
    return member.role != "facilitator" or member.organisation == matter.organisation
