"""How a fact travels: what is read, and what is refused without repeating it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.catalogue import ParticipantContactChanged, SessionClosed
from shared.events.envelope import Unreadable, cloudevent, read

EVENT = UUID("0199f1aa-0003-7a00-8000-5d6e7f8091a2")


def _envelope(**changes: Any) -> dict[str, Any]:
    session = uuid4()
    envelope = cloudevent(
        id=EVENT,
        type="session.closed",
        version=1,
        source="registrations",
        subject=str(session),
        time=datetime(2026, 11, 4, 15, 20, tzinfo=UTC),
        position=7,
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        data=SessionClosed.of(session_id=session).data,
    )
    return {**envelope, **changes}


def test_what_is_written_is_read_again_with_types() -> None:
    envelope = _envelope()
    event = read(envelope)
    assert (event.id, event.type, event.version, event.position) == (EVENT, "session.closed", 1, 7)
    assert event.source == "registrations"
    assert event.data == {"session_id": UUID(envelope["subject"]), "to_ask": []}
    assert event.time == datetime(2026, 11, 4, 15, 20, tzinfo=UTC)


def test_what_is_empty_is_left_out() -> None:
    envelope = cloudevent(
        id=EVENT,
        type="session.closed",
        version=1,
        source="registrations",
        subject="x",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        position=1,
        traceparent=None,
        data=None,
    )
    assert not {"traceparent", "data"} & set(envelope)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": "not-an-id"}, "id"),
        ({"time": "2026-11-04T15:20:00"}, "time"),
        ({"position": "first"}, "position"),
        ({"type": None}, "type"),
        ({"type": "session.exploded"}, "session.exploded"),
        ({"dataschema": "urn:arceaux:event:session.closed:2"}, "version 2"),
        ({"dataschema": "urn:arceaux:event:session.closed"}, "dataschema"),
        ({"dataschema": ""}, "dataschema"),
        ({"data": None}, "_schema"),
        ({"data": []}, "_schema"),
        ({"data": {"session_id": 1}}, "session_id"),
        ({"data": {}}, "session_id"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_naming_the_field(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(Unreadable, match=named):
        read(_envelope(**wrong))


def test_a_refusal_never_repeats_what_it_refuses() -> None:
    data = {"given_name": 12345, "email": ["camille@example.org"], "phone": {"a": "+33199001234"}}
    envelope = _envelope(
        type="participant.contact_changed",
        dataschema="urn:arceaux:event:participant.contact_changed:1",
        data=data,
    )
    with pytest.raises(Unreadable) as refused:
        read(envelope)
    for secret in ("12345", "camille", "+3319"):
        assert secret not in str(refused.value)
    assert refused.value.__cause__ is None


@given(
    st.dictionaries(
        st.sampled_from(["specversion", "id", "type", "dataschema", "data", "position", "time"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=5,
        ),
        min_size=1,
    )
)
def test_whatever_comes_is_an_event_or_unreadable(rubbish: dict[str, Any]) -> None:
    try:
        event = read(_envelope(**rubbish))
    except Unreadable:
        return
    assert event.type == "session.closed"


def test_a_fact_with_a_field_too_few_or_too_many_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="session_id"):
        SessionClosed.of()
    with pytest.raises(ValueError, match="reason"):
        SessionClosed.of(session_id=uuid4(), reason="rain")
    with pytest.raises(ValueError, match="email"):
        ParticipantContactChanged.of(participant_id=uuid4())
