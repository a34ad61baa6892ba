"""What an erasure must reach: every column that can hold words of or about a person, named here with what becomes of it."""

from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import JSON, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.messaging.tables import metadata as messaging
from tests.contract.pillars import EXISTING, module

EMPTIED = "an erasure empties or deletes it"
# Why a column that takes text is none of an erasure's business.
_OFFER, _STAFF = "of what is offered", "of those who work here"
_CODE, _ID, _HASH = "one of a few words", "names a thing, by an id of ours", "cannot be read back"
_FIGURES = "figures, and what they count"
_TRAIL = "who of the staff did what: kept, and never a value"

REGISTRATIONS: Mapping[str, Mapping[str, str]] = {
    **{
        table: {"*": _OFFER} for table in ("organisation", "place", "room", "programme", "activity")
    },
    **{table: {"*": _OFFER} for table in ("session", "meeting")},
    "participant": {"*": EMPTIED},
    "registration": {
        "status": _CODE,
        "source": EMPTIED,
        "needs": EMPTIED,
        "registered_by": _STAFF,
        "agreement": _CODE,
        "decided_by": _STAFF,
        "decision_reason": _CODE,
        "decision_note": EMPTIED,
        "eligibility_reason": EMPTIED,
        "situations": EMPTIED,
    },
    "proof": {"*": EMPTIED},
    "call": {"*": EMPTIED},
    "referral": {
        **dict.fromkeys(("programme_code", "partner_code", "purpose", "status"), _CODE),
        **dict.fromkeys(("opened_by", "changed_by"), _STAFF),
        "description": EMPTIED,
    },
    "outcome": {"outcome": _CODE, "skills": EMPTIED, "recorded_by": _STAFF},
    "head_count": {"counted_by": _STAFF},
    "kiosk": {"token_hash": _HASH, "opened_by": _STAFF},
    "kiosk_feedback": {"*": "said on a tablet: nothing tells by whom"},
    **{
        table: {"*": "of programs, and what is told to them: ids of ours"}
        for table in ("web_client", "webhook", "webhook_delivery", "webhook_attempt")
    },
    "attendance": {"status": _CODE, "recorded_by": _STAFF},
    "feedback": {"answers": EMPTIED, "comment": EMPTIED},
    "idempotency_key": {"*": EMPTIED},
    "merge": {"merged_by": _STAFF, "undone_by": _STAFF},
    "distinction": {"found_by": _STAFF},
    "erasure": {"requested_by": _STAFF, "removed": _FIGURES},
    "erasure_answer": {"service": _CODE, "removed": _FIGURES},
    "audit_trail": {"*": _TRAIL},
    **{table: {"*": _STAFF} for table in ("staff", "staff_sign_in")},
    **{table: {"*": _HASH} for table in ("sign_in_failure", "oidc_attempt")},
}
NOTIFICATIONS: Mapping[str, Mapping[str, str]] = {
    "contact": {"*": EMPTIED},
    "session": {"*": _OFFER},
    "registration": {"status": _CODE},
    "notification": {
        **dict.fromkeys(("kind", "channel", "status", "language", "ruled_out"), _CODE),
        "traceparent": _ID,
        "details": EMPTIED,
        "address": "of one's receipt for an erasure, until that has left",
    },
    "attempt": {**dict.fromkeys(("channel", "outcome"), _CODE), "answer": EMPTIED},
    "sms": {
        "reference": _HASH,
        **dict.fromkeys(("provider", "state"), _CODE),
        "provider_id": EMPTIED,
    },
    "sms_provider": {"name": _CODE},
    "staff": {"*": _STAFF},
    "failure_alarm": {"channel": _CODE},
    "audit_trail": {"*": _TRAIL},
    "preference": {"*": EMPTIED},
    "template_version": {"*": "words for everyone, and who of the staff wrote them"},
}
REPORTING: Mapping[str, Mapping[str, str]] = {
    **{table: {"*": _OFFER} for table in ("session_fact", "meeting_fact", "label_fact")},
    "registration_fact": {
        **dict.fromkeys(("status", "left_from", "decline_reason"), _CODE),
        **dict.fromkeys(("age_band", "district", "situations"), "coarse, and of nobody once cut"),
    },
    "attendance_fact": {"status": _CODE},
    "outcome_fact": {"outcome": _CODE},
    "notification_fact": {"*": _CODE},
    "referral_fact": {"*": _CODE},
    "call_fact": {"outcome": _CODE},
    **{table: {"*": "what things cost and are to reach"} for table in ("budget_line", "target")},
    "label_fact": {"*": "what programmes, organisations and places are called"},
    "coop_theme": {"*": "which themes of activities are digital mediation"},
    "quote": {
        "programme": _CODE,
        "text": "screened by a manager before it is kept: whose words they were is not known",
    },
    **{
        table: {"*": _FIGURES}
        for table in (
            "report_job",
            "report_file",
            "report_subscription",
            "edition",
            "rebuild",
            "public_release",
        )
    },
}
MESSAGING: Mapping[str, Mapping[str, str]] = {
    "event_log": {
        **dict.fromkeys(("type", "subject", "traceparent"), _ID),
        "data": EMPTIED,
    },
    "relay_mark": {"subscriber": _CODE},
    "event_cursor": {"source": _CODE},
    "parked_event": {
        **dict.fromkeys(("source", "type", "subject"), _ID),
        "envelope": EMPTIED,
        "error": "says where, never a value",
    },
}
KNOWN = {"registrations": REGISTRATIONS, "notifications": NOTIFICATIONS, "reporting": REPORTING}


def _taking_text(metadata: object) -> Iterator[tuple[str, str]]:
    for table in metadata.tables.values():  # type: ignore[attr-defined]
        for column in table.columns:
            if isinstance(column.type, String | JSON | JSONB | ARRAY):
                yield table.name, column.name


def _unknown(metadata: object, known: Mapping[str, Mapping[str, str]]) -> set[str]:
    return {
        f"{table}.{column}"
        for table, column in _taking_text(metadata)
        if not {column, "*"} & set(known.get(table, {}))
    }


@pytest.mark.parametrize("service", EXISTING)
def test_of_every_column_that_takes_text_it_is_known_what_an_erasure_does_with_it(
    service: str,
) -> None:
    metadata = module(service, "models").Base.metadata
    assert len(list(_taking_text(metadata))) > 5
    assert _unknown(metadata, KNOWN[service]) == set(), "erase it, export it, or say here why not"


def test_of_the_tables_of_messaging_too() -> None:
    assert _unknown(messaging, MESSAGING) == set()


@pytest.mark.parametrize("service", EXISTING)
def test_no_column_is_named_that_is_not_there(service: str) -> None:
    there = set(_taking_text(module(service, "models").Base.metadata))
    tables = {table for table, _ in there}
    for table, columns in KNOWN[service].items():
        assert table in tables, table
        for column in set(columns) - {"*"}:
            assert (table, column) in there, f"{table}.{column}"


def test_whatever_points_to_a_participant_is_known_to_merging_and_erasing() -> None:
    """A table of another part that points to people must go with them when they are merged, exported and erased."""
    metadata = module("registrations", "models").Base.metadata
    pointing = {
        f"{table.name}.{key.parent.name}"
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "participant"
    }
    assert pointing == {
        "participant.merged_into",
        "registration.participant_id",
        "registration.registered_as",
        "proof.participant_id",
        "referral.participant_id",
        "merge.survivor_id",
        "merge.merged_id",
        "distinction.first_id",
        "distinction.second_id",
    }
