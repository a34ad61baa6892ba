"""What is counted in each facts table: one query for each, so that no row is counted twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    case,
    cast,
    distinct,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from services.reporting.domain import OF_REFERRALS, Scope, SessionStatus
from services.reporting.models import (
    attendance_fact,
    call_fact,
    feedback_fact,
    head_count_fact,
    meeting_fact,
    notification_fact,
    outcome_fact,
    referral_fact,
    registration_fact,
    session_fact,
)
from shared.events.catalogue import DECLINE_REASONS, OUTCOMES, REFERRAL_DECISIONS

Measures = dict[str, ColumnElement[Any]]

# What sessions are divided by.
GROUPS: Mapping[str, ColumnElement[Any]] = {
    "programme": session_fact.c.programme,
    "organisation": session_fact.c.organisation,
    "theme": session_fact.c.theme,
    "place": session_fact.c.place,
    "room": session_fact.c.room,
    "month": func.to_char(session_fact.c.first_day, "YYYY-MM"),
    "weekday": cast(session_fact.c.weekday, Text),
    # Two digits, so that nine comes before ten.
    "hour": func.lpad(cast(session_fact.c.hour, Text), 2, "0"),
    "title": session_fact.c.title,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Facts of one kind; ``groups`` has a column for each way in which they can be grouped.

    ``registration_id`` is None when they are not about people.
    """

    source: FromClause
    groups: Mapping[str, ColumnElement[Any]]
    registration_id: ColumnElement[Any] | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """What to count in ``rows``, and what in them is to be counted ``once``, however many rows are about it."""

    rows: Rows
    measures: Measures
    once: Measures = field(default_factory=dict)


def counts(scope: Scope, as_of: datetime) -> list[Count]:
    """What is to be counted within ``scope``; ``as_of`` decides what has begun, been held, or is over."""
    chosen = chosen_sessions(scope)
    cohort = _cohorts(chosen)
    about = partial(_about, chosen=chosen, scope=scope)
    members = registration_fact.join(chosen, registration_fact.c.session_id == chosen.c.session_id)
    about_people = [
        Count(about(registration_fact), _registrations(chosen, as_of), _people()),
        Count(
            Rows(
                members.join(cohort, cohort.c.session_id == chosen.c.session_id),
                _groups(chosen),
                registration_fact.c.registration_id,
            ),
            _members(chosen, cohort, as_of),
        ),
        Count(about(attendance_fact), _attendance(), _attended()),
        Count(about(feedback_fact), _feedback()),
        Count(about(outcome_fact), _outcomes()),
        Count(about(notification_fact), _notifications()),
    ]
    if scope.is_of_people:
        return about_people
    others = [
        Count(
            Rows(
                chosen.outerjoin(cohort, cohort.c.session_id == chosen.c.session_id),
                _groups(chosen),
            ),
            _sessions(chosen, cohort),
        ),
        Count(
            Rows(
                meeting_fact.join(chosen, meeting_fact.c.session_id == chosen.c.session_id),
                _groups(chosen),
            ),
            _meetings(chosen, as_of),
        ),
        Count(about(head_count_fact), _heads()),
        Count(about(call_fact), _calls()),
    ]
    if scope.tells_of_referrals:
        referred = _referred(scope)
        by = {name: referred.c[name] for name in OF_REFERRALS}
        others.append(Count(Rows(referred, by), _referrals(referred)))
    return about_people + others


def ratings_given(scope: Scope) -> Select[Any]:
    """How many gave each rating, of what ``scope`` counts as ratings received."""
    chosen, rating = chosen_sessions(scope), feedback_fact.c.rating
    rows = within(feedback_fact, chosen, scope)
    return select(rating, func.count()).select_from(rows).group_by(rating)


def _about(facts: Table, chosen: Subquery, scope: Scope) -> Rows:
    """``facts`` within ``scope``, by what is known of the ``chosen`` sessions, whoever they are about."""
    return Rows(within(facts, chosen, scope), _groups(chosen), facts.c.get("registration_id"))


def _groups(chosen: Subquery) -> Mapping[str, ColumnElement[Any]]:
    return {name: chosen.c[name] for name in GROUPS}


def within(facts: Table, chosen: Subquery, scope: Scope) -> FromClause:
    """``facts`` about ``chosen`` sessions, those of ``scope``.

    Unless sessions are picked, what belongs to one we were not told of counts in the total too.
    """
    return facts.join(
        chosen, facts.c.session_id == chosen.c.session_id, isouter=scope.is_everything
    )


def chosen_sessions(scope: Scope) -> Subquery:
    """The sessions in scope, with what they can be grouped by."""
    column = session_fact.c
    wanted: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (scope.since, lambda day: column.first_day >= day),
        (scope.until, lambda day: column.first_day < day),
        (scope.session_id, lambda key: column.session_id == key),
        (scope.programme, lambda code: column.programme == code),
        (scope.organisation, lambda code: column.organisation == code),
        (scope.theme, lambda words: column.theme == words),
        (scope.place, lambda code: column.place == code),
        (scope.room, lambda name: column.room == name),
        (scope.month, lambda month: GROUPS["month"] == month),
        (scope.weekday, lambda number: column.weekday == number),
        (scope.hour, lambda number: column.hour == number),
    ]
    return (
        select(
            column.session_id,
            column.status,
            column.capacity,
            column.minimum,
            column.open_door,
            column.was_formed,
            column.was_below_minimum,
            column.cancel_reason,
            column.first_starts_at,
            *(expression.label(name) for name, expression in GROUPS.items()),
        )
        .where(*(condition(value) for value, condition in wanted if value is not None))
        .subquery("chosen")
    )


def _cohorts(chosen: Subquery) -> Subquery:
    """Of those sessions the ones with a minimum and several meetings: when they end, and the last two meetings."""
    meeting = meeting_fact.c
    in_order = aggregate_order_by(meeting.meeting_id, meeting.starts_at.desc(), meeting.meeting_id)
    return (
        select(
            meeting.session_id,
            func.max(meeting.ends_at).label("ends_at"),
            func.array_agg(in_order, type_=ARRAY(Uuid))[1:2].label("last_two"),
        )
        .select_from(meeting_fact.join(chosen, meeting.session_id == chosen.c.session_id))
        .where(chosen.c.minimum.is_not(None))
        .group_by(meeting.session_id)
        .having(func.count() > 1)
        .subquery("cohort")
    )


def _sessions(chosen: Subquery, cohort: Subquery) -> Measures:
    cancelled = chosen.c.status == SessionStatus.CANCELLED
    is_cohort = and_(cohort.c.session_id.is_not(None), ~cancelled)
    return {
        "sessions": func.count().filter(~cancelled),
        "sessions_cancelled": func.count().filter(cancelled),
        "sessions_too_few": func.count().filter(cancelled, chosen.c.cancel_reason == "too-few"),
        "sessions_below_minimum": func.count().filter(chosen.c.was_below_minimum),
        "cohorts": func.count().filter(is_cohort),
        "cohorts_formed": func.count().filter(is_cohort, chosen.c.was_formed),
        "seats": func.sum(
            case((and_(~cancelled, ~chosen.c.open_door), chosen.c.capacity), else_=0)
        ),
    }


def _meetings(chosen: Subquery, as_of: datetime) -> Measures:
    takes_place = chosen.c.status != SessionStatus.CANCELLED
    held = and_(
        takes_place,
        or_(meeting_fact.c.ends_at <= as_of, chosen.c.status == SessionStatus.CLOSED),
    )
    return {
        "meetings": func.count().filter(takes_place),
        "meetings_held": func.count().filter(held),
        "hours_minutes": func.sum(meeting_fact.c.minutes).filter(held),
    }


def _registrations(chosen: Subquery, as_of: datetime) -> Measures:
    column = registration_fact.c
    never_seated = or_(
        column.status == "waitlisted",
        and_(
            column.status == "cancelled",
            column.left_from == "waitlisted",
            column.left_at >= chosen.c.first_starts_at,
        ),
    )
    refused = and_(_begun(chosen, as_of), never_seated)
    declined = column.status == "declined"
    return {
        **_each(
            column.status,
            "{}",
            ("confirmed", "waitlisted", "offered", "pending", "declined", "cancelled", "expired"),
        ),
        **{
            _name("declined_{}", why): func.count().filter(declined, column.decline_reason == why)
            for why in DECLINE_REASONS
        },
        "registrations": func.count(),
        "ever_waitlisted": func.count().filter(column.was_waitlisted),
        "promoted": func.count().filter(column.was_promoted),
        "refused": func.count().filter(refused),
    }


def _people() -> Measures:
    different = func.count(distinct(registration_fact.c.participant_id))
    return {
        "people": different,
        "people_merged": different.filter(registration_fact.c.merges > 0),
    }


def _members(chosen: Subquery, cohort: Subquery, as_of: datetime) -> Measures:
    column = registration_fact.c
    entered = and_(
        _begun(chosen, as_of),
        column.seated_at <= chosen.c.first_starts_at,
        or_(column.status == "confirmed", column.left_at >= chosen.c.first_starts_at),
    )
    over = or_(cohort.c.ends_at <= as_of, chosen.c.status == SessionStatus.CLOSED)
    came_to_the_end = exists().where(
        attendance_fact.c.registration_id == column.registration_id,
        attendance_fact.c.meeting_id == any_(cohort.c.last_two),
        attendance_fact.c.status == "present",
    )
    reached = exists().where(
        outcome_fact.c.registration_id == column.registration_id,
        outcome_fact.c.outcome != "none-yet",
    )
    return {
        "entered": func.count().filter(entered),
        "entered_ended": func.count().filter(entered, over),
        "stayed": func.count().filter(entered, over, or_(came_to_the_end, reached)),
    }


def _begun(chosen: Subquery, as_of: datetime) -> ColumnElement[bool]:
    begun = or_(chosen.c.first_starts_at <= as_of, chosen.c.status == SessionStatus.CLOSED)
    return and_(begun, chosen.c.status != SessionStatus.CANCELLED)


def _attendance() -> Measures:
    column = attendance_fact.c
    present = column.status == "present"
    return {
        **_each(column.status, "{}", ("present", "excused", "absent")),
        "attended_hours_minutes": func.sum(column.minutes).filter(present),
    }


def _attended() -> Measures:
    column = attendance_fact.c
    present = column.status == "present"
    return {
        "attended": func.count(distinct(column.registration_id)).filter(present),
        "people_attended": func.count(distinct(column.participant_id)).filter(present),
    }


def _heads() -> Measures:
    column = head_count_fact.c
    return {
        "heads": func.sum(column["count"]),
        "heads_minutes": func.sum(column["count"] * column.minutes),
    }


def _feedback() -> Measures:
    return {
        "feedback_count": func.count(),
        "feedback_registered": func.count(feedback_fact.c.registration_id),
        "ratings": func.sum(feedback_fact.c.rating),
    }


def _outcomes() -> Measures:
    outcome = outcome_fact.c.outcome
    return {
        "outcomes": func.count(),
        "outcomes_reached": func.count().filter(outcome != "none-yet"),
        **_each(outcome, "outcomes_{}", OUTCOMES),
    }


def _notifications() -> Measures:
    return _each(notification_fact.c.status, "notifications_{}", ("sent", "failed"))


def _calls() -> Measures:
    outcome = call_fact.c.outcome
    return {
        "calls_needed": func.count().filter(outcome.is_distinct_from("withdrawn")),
        "calls_reached": func.count().filter(outcome == "reached"),
    }


def _referred(scope: Scope) -> Subquery:
    """The referrals in scope: of a programme and a month, and of nothing else that sessions are grouped by."""
    column = referral_fact.c
    month = func.to_char(column.opened_on, "YYYY-MM")
    wanted: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (scope.since, lambda day: column.opened_on >= day),
        (scope.until, lambda day: column.opened_on < day),
        (scope.programme, lambda code: column.programme == code),
        (scope.month, lambda wanted: month == wanted),
    ]
    return (
        select(referral_fact, month.label("month"))
        .where(*(condition(value) for value, condition in wanted if value is not None))
        .subquery("referred")
    )


def _referrals(referred: Subquery) -> Measures:
    decision = referred.c.decision
    return {
        "referrals": func.count(),
        "referrals_open": func.count().filter(decision.is_(None)),
        **_each(decision, "referrals_{}", REFERRAL_DECISIONS),
        "amount_asked_cents": func.sum(referred.c.amount_asked_cents),
        "amount_granted_cents": func.sum(referred.c.amount_granted_cents),
    }


def _each(column: ColumnElement[Any], pattern: str, values: Sequence[str]) -> Measures:
    """How many rows hold each of ``values``."""
    return {_name(pattern, value): func.count().filter(column == value) for value in values}


def _name(pattern: str, value: str) -> str:
    return pattern.format(value.replace("-", "_"))
