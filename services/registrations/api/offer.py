"""Places, rooms, organisations, programmes and activities: read by everyone, kept by managers."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from services.registrations.api.caller import organisation_limit
from services.registrations.db import transaction
from services.registrations.models import Base, Organisation, Place, Programme, Room
from services.registrations.operations.offer import entries as offer
from services.registrations.operations.offer import listing
from services.registrations.schemas.offer import (
    ActivityChange,
    ActivitySchema,
    OfferQuery,
    OrganisationChange,
    OrganisationSchema,
    PlaceChange,
    PlaceSchema,
    ProgrammeChange,
    ProgrammeSchema,
    RoomChange,
    RoomSchema,
)
from shared.web.pagination import PageQuery, cut, page_of, position
from shared.web.routes import Routes

routes = Routes("offer", __name__, url_prefix="/v1")

Coded = TypeVar("Coded", Organisation, Place, Programme)


def _by_code(kind: type[Coded], query: dict[str, Any]) -> dict[str, Any]:
    """One page of ``kind``, in order of code."""
    after = position(query["cursor"], str)
    wanted = select(kind).order_by(kind.code).limit(query["limit"] + 1)
    if after is not None:
        wanted = wanted.where(kind.code > after[0])
    with transaction() as session:
        rows = session.scalars(wanted).all()
    items, following = cut(rows, query["limit"], lambda row: (row.code,))
    return {"items": items, "next": following}


def _add(row: Base) -> Base:
    with transaction() as session:
        offer.add(session, row)
        session.refresh(row)
    return row


def _change(kind: type[Base], key: object, changes: dict[str, Any]) -> Base:
    with transaction() as session:
        return offer.change(session, kind, key, changes)


@routes.route("/organisations")
@routes.access(public=True)
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(OrganisationSchema))
def list_organisations(query: dict[str, Any]) -> dict[str, Any]:
    """The associations and public bodies that offer something."""
    return _by_code(Organisation, query)


@routes.route("/organisations", methods=["POST"])
@routes.access("manager")
@routes.refuses(409)
@routes.arguments(OrganisationSchema)
@routes.response(201, OrganisationSchema)
def create_organisation(body: dict[str, Any]) -> Base:
    """Add an organisation."""
    return _add(Organisation(**body))


@routes.route("/organisations/<code>", methods=["PATCH"])
@routes.access("manager")
@routes.refuses(404)
@routes.arguments(OrganisationChange)
@routes.response(200, OrganisationSchema)
def change_organisation(body: dict[str, Any], code: str) -> Base:
    """Change an organisation."""
    return _change(Organisation, code, body)


@routes.route("/places")
@routes.access(public=True)
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(PlaceSchema))
def list_places(query: dict[str, Any]) -> dict[str, Any]:
    """The third places."""
    return _by_code(Place, query)


@routes.route("/places", methods=["POST"])
@routes.access("manager")
@routes.refuses(409)
@routes.arguments(PlaceSchema)
@routes.response(201, PlaceSchema)
def create_place(body: dict[str, Any]) -> Base:
    """Add a place."""
    return _add(Place(**body))


@routes.route("/places/<code>", methods=["PATCH"])
@routes.access("manager")
@routes.refuses(404)
@routes.arguments(PlaceChange)
@routes.response(200, PlaceSchema)
def change_place(body: dict[str, Any], code: str) -> Base:
    """Change a place."""
    return _change(Place, code, body)


@routes.route("/rooms")
@routes.access(public=True)
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(RoomSchema))
def list_rooms(query: dict[str, Any]) -> dict[str, Any]:
    """The rooms of all places."""
    after = position(query["cursor"], UUID)
    wanted = select(Room).order_by(Room.id).limit(query["limit"] + 1)
    if after is not None:
        wanted = wanted.where(Room.id > after[0])
    with transaction() as session:
        rows = session.scalars(wanted).all()
    items, following = cut(rows, query["limit"], lambda room: (room.id,))
    return {"items": items, "next": following}


@routes.route("/rooms", methods=["POST"])
@routes.access("manager")
@routes.refuses(409)
@routes.arguments(RoomSchema)
@routes.response(201, RoomSchema)
def create_room(body: dict[str, Any]) -> Room:
    """Add a room to a place."""
    with transaction() as session:
        return offer.create_room(session, body)


@routes.route("/rooms/<uuid:room_id>", methods=["PATCH"])
@routes.access("manager")
@routes.refuses(404, 409)
@routes.arguments(RoomChange)
@routes.response(200, RoomSchema)
def change_room(body: dict[str, Any], room_id: UUID) -> Base:
    """Change a room; it can be shared by several meetings at once, or not."""
    with transaction() as session:
        return offer.change_room(session, room_id, body)


@routes.route("/programmes")
@routes.access(public=True)
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(ProgrammeSchema))
def list_programmes(query: dict[str, Any]) -> dict[str, Any]:
    """The programmes, and who each is for."""
    return _by_code(Programme, query)


@routes.route("/programmes", methods=["POST"])
@routes.access("manager")
@routes.refuses(409)
@routes.arguments(ProgrammeSchema)
@routes.response(201, ProgrammeSchema)
def create_programme(body: dict[str, Any]) -> Base:
    """Add a programme, and say who may join it."""
    with transaction() as session:
        programme = offer.create_programme(session, body)
        session.refresh(programme)
        return programme


@routes.route("/programmes/<code>", methods=["PATCH"])
@routes.access("manager")
@routes.refuses(404)
@routes.arguments(ProgrammeChange)
@routes.response(200, ProgrammeSchema)
def change_programme(body: dict[str, Any], code: str) -> Base:
    """Change a programme. Who was registered already stays so."""
    with transaction() as session:
        return offer.change_programme(session, code, body)


@routes.route("/activities")
@routes.access(public=True)
@routes.arguments(OfferQuery, location="query")
@routes.response(200, page_of(ActivitySchema))
def list_activities(query: dict[str, Any]) -> dict[str, Any]:
    """What is offered, in words."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = listing.list_activities(
            session,
            programme=query["programme"],
            organisation=query["organisation"],
            words=query["q"],
            after=after[0] if after else None,
            limit=query["limit"] + 1,
        )
    items, following = cut(rows, query["limit"], lambda activity: (activity.id,))
    return {"items": items, "next": following}


@routes.route("/activities", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.arguments(ActivitySchema)
@routes.response(201, ActivitySchema)
def create_activity(body: dict[str, Any]) -> Any:
    """Offer something new; facilitators for their own organisation."""
    with transaction() as session:
        return offer.create_activity(session, body, organisation=organisation_limit())


@routes.route("/activities/<uuid:activity_id>", methods=["PATCH"])
@routes.access("manager", "facilitator")
@routes.refuses(404)
@routes.arguments(ActivityChange)
@routes.response(200, ActivitySchema)
def change_activity(body: dict[str, Any], activity_id: UUID) -> Any:
    """Change an activity; facilitators their own organisation's."""
    with transaction() as session:
        return offer.change_activity(session, activity_id, body, organisation=organisation_limit())
