"""Whom of those who work here a matter concerns."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.kinds import Kind
from services.notifications.domain.staff import Matter, Member, concerned

MANAGER = Member(uuid4(), "manager")
OPERATOR = Member(uuid4(), "operator")
ADVISER = Member(uuid4(), "adviser")
BUDGET = Member(uuid4(), "adviser", programmes=frozenset({"budget"}))
REPAIR = Member(uuid4(), "facilitator", organisation="repair-cafe")
SCIENCE = Member(uuid4(), "facilitator", organisation="petits-debrouillards")
EVERYONE = [MANAGER, OPERATOR, ADVISER, BUDGET, REPAIR, SCIENCE]


def test_facilitators_are_told_of_their_own_organisation_s_sessions_alone() -> None:
    matter = Matter(Kind.ATTENDANCE_MISSING, "repair-cafe", "ateliers")

    assert concerned(matter, EVERYONE) == [REPAIR]


def test_managers_learn_with_the_facilitators_that_too_few_came() -> None:
    matter = Matter(Kind.BELOW_MINIMUM, "repair-cafe", "ateliers")

    assert concerned(matter, EVERYONE) == [MANAGER, REPAIR]


def test_of_what_has_no_facilitator_managers_are_told() -> None:
    matter = Matter(Kind.ATTENDANCE_MISSING, "montpellibre", "ateliers")

    assert concerned(matter, EVERYONE) == [MANAGER]


def test_operators_are_told_what_they_repair_and_managers_where_there_is_none() -> None:
    matter = Matter(Kind.EVENTS_PARKED)

    assert concerned(matter, EVERYONE) == [OPERATOR]
    assert concerned(matter, [MANAGER, ADVISER]) == [MANAGER]


members = st.builds(
    Member,
    id=st.uuids(),
    role=st.sampled_from(["facilitator", "adviser", "manager", "operator"]),
    organisation=st.sampled_from([None, "ccas", "repair-cafe"]),
    programmes=st.frozensets(st.sampled_from(["budget", "sante"])),
)


@given(
    st.lists(members),
    st.sampled_from([Kind.BELOW_MINIMUM, Kind.ATTENDANCE_MISSING, Kind.CALL_NEEDED]),
    st.sampled_from(["budget", "sante"]),
)
def test_of_a_discreet_programme_its_own_advisers_are_told_and_nobody_else(
    everyone: list[Member], kind: Kind, programme: str
) -> None:
    told = concerned(Matter(kind, "ccas", programme, discreet=True), everyone)

    assert all(one.role == "adviser" and programme in one.programmes for one in told)
