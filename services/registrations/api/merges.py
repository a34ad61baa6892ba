"""Records that may be one person's: shown, put together, taken apart, or told apart for good."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from services.registrations.api.caller import DESK, actor, scope
from services.registrations.db import transaction
from services.registrations.models import Distinction, Merge
from services.registrations.operations.people import distinguish, duplicates, merge
from services.registrations.operations.people.records import find_participant
from services.registrations.operations.staff import audit
from services.registrations.schemas.merges import (
    DistinctionSchema,
    DuplicateSchema,
    MergeRequest,
    MergeSchema,
    TwoRecords,
)
from shared.web.pagination import PageQuery, encode, page_of, position
from shared.web.routes import Routes, staff

routes = Routes("merges", __name__, url_prefix="/v1/participants")

_PAIRS = page_of(DuplicateSchema)


@routes.route("/duplicates")
@routes.access(*DESK)
@routes.arguments(PageQuery, location="query")
@routes.response(200, _PAIRS)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Pairs of records that may be one person's. A page may be empty and not the last: go on while there is a next."""
    after = position(query["cursor"], UUID, UUID)
    with transaction() as session:
        pairs, following = duplicates.list_duplicates(
            session,
            scope=scope(),
            after=(after[0], after[1]) if after else None,
            limit=query["limit"],
        )
        audit.record(session, actor(), "read", "duplicates")
    return {"items": pairs, "next": following and encode(following)}


@routes.route("/<uuid:participant_id>/duplicates")
@routes.access(*DESK)
@routes.refuses(404)
@routes.response(200, _PAIRS)
def of_one(participant_id: UUID) -> dict[str, Any]:
    """The records that may be this person's, the likeliest first; twenty at most."""
    with transaction() as session:
        person = find_participant(session, participant_id, scope=scope())
        pairs = duplicates.duplicates_of(session, person, scope=scope())
        audit.record(session, actor(), "read", "duplicates", participant=person.id)
    return {"items": pairs, "next": None}


@routes.route("/<uuid:participant_id>/merge", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(MergeRequest)
@routes.response(200, MergeSchema)
def merge_one(body: dict[str, Any], participant_id: UUID) -> Merge:
    """Two records are one person's: this one stands for both, with the other's registrations and contacts it lacks."""
    with transaction() as session:
        merged = merge.merge(
            session, participant_id, body["other"], scope=scope(), by=staff().subject
        )
        audit.record(
            session,
            actor(),
            "merge",
            "participant",
            merged.merged_id,
            participant=merged.survivor_id,
        )
        return merged


@routes.route("/merges/<uuid:merge_id>/undo", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.response(200, MergeSchema)
def undo_one(merge_id: UUID) -> Merge:
    """They were two people after all: each has again what was theirs."""
    with transaction() as session:
        undone = merge.undo(session, merge_id, scope=scope(), by=staff().subject)
        audit.record(
            session,
            actor(),
            "undo-merge",
            "participant",
            undone.merged_id,
            participant=undone.survivor_id,
        )
        return undone


@routes.route("/<uuid:participant_id>/distinguish", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(TwoRecords)
@routes.response(200, DistinctionSchema)
def distinguish_one(body: dict[str, Any], participant_id: UUID) -> Distinction:
    """They are two people, however alike: they are no longer offered as duplicates, and cannot be merged."""
    with transaction() as session:
        found = distinguish.distinguish(
            session, participant_id, body["other"], scope=scope(), by=staff().subject
        )
        _record_distinction(session, "distinguish", found)
        return found


@routes.route("/distinctions/<uuid:distinction_id>", methods=["DELETE"])
@routes.access(*DESK)
@routes.refuses(404)
@routes.response(204)
def take_back(distinction_id: UUID) -> None:
    """Nobody knows that they are two people: they may be offered as duplicates again, and merged."""
    with transaction() as session:
        found = distinguish.take_back(session, distinction_id, scope=scope())
        _record_distinction(session, "undo-distinguish", found)


def _record_distinction(session: Transaction, verb: str, found: Distinction) -> None:
    audit.record(session, actor(), verb, "participant", found.second_id, participant=found.first_id)
