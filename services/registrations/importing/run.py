"""One import, from bytes to rows."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.importing.activity_rows import plan_rows
from services.registrations.importing.agenda_events import plan_agenda
from services.registrations.importing.attendance_rows import plan_attendance
from services.registrations.importing.formats import (
    WEEKLY,
    ActivityRows,
    AgendaFile,
    CalendarFile,
    ProgrammeFile,
    Source,
)
from services.registrations.importing.icalendar_events import plan_calendar
from services.registrations.importing.load import load_activities, load_offer
from services.registrations.importing.load_attendance import load_attendance
from services.registrations.importing.load_sessions import leave_out_past, load_sessions
from services.registrations.importing.missing import held_missing_from, missing_from
from services.registrations.importing.plan import Drafting, Known, KnownPlace, Options, Plan
from services.registrations.importing.programme import plan_programme
from services.registrations.importing.report import Report
from services.registrations.importing.synonyms import Columns, not_understood
from services.registrations.models import Activity, Organisation, Place, Programme
from services.registrations.operations.offer.booking import wait_for_every_turn
from services.registrations.season import school_holidays_known_until
from shared.errors import invalid

# Any number that no other advisory lock of this database uses.
_LOCK = 0x41524358
_COLUMNS_NAMED = 20


def import_source(transaction: Transaction, source: Source, options: Options) -> Report:
    """Load a file that was told apart by ``formats.detect``; one import at a time.

    Raises:
        Invalid: a default place, organisation or programme that does not exist.
        Unreadable: a calendar that cannot be taken apart.
    """
    drafting = _alone(transaction, options)
    wait_for_every_turn(transaction)
    if isinstance(source, ProgrammeFile):
        plan_programme(source.document, drafting)
    else:
        _check_defaults(options, drafting.known)
        _warn_of_unknown_holidays(drafting)
        match source:
            case CalendarFile():
                plan_calendar(source.text, drafting)
            case AgendaFile():
                plan_agenda(source.rows, drafting)
            case ActivityRows():
                _warn_of_sheets(source.left_out, drafting)
                _warn_of_columns(source, drafting)
                plan_rows(source.rows, drafting)
    plan, report = drafting.plan, drafting.report
    report.missing = missing_from(transaction, plan.activities.values(), options)
    leave_out_past(transaction, plan, options.now, report)
    reworded = load_offer(transaction, plan, report)
    activities, retold = load_activities(
        transaction, plan.activities, report, source=options.source
    )
    load_sessions(
        transaction,
        plan.sessions.values(),
        activities=activities,
        reworded={**reworded, Activity: retold},
        options=options,
        report=report,
    )
    return report


def import_attendance(
    transaction: Transaction,
    source: ActivityRows,
    columns: Columns,
    options: Options,
    *,
    counted_by: str,
) -> Report:
    """Load how many came to what was held already; one import at a time.

    Raises:
        Invalid: a default place, organisation or programme that does not exist.
        NoCounts: no column says how many came.
    """
    drafting = _alone(transaction, options)
    plan, report = drafting.plan, drafting.report
    _check_defaults(options, drafting.known)
    _warn_of_sheets(source.left_out, drafting)
    counted = plan_attendance(source.rows, columns, drafting)
    plan.drop_unused()
    if options.source is not None:
        report.missing = held_missing_from(transaction, plan.sessions, options.source)
    load_offer(transaction, plan, report)
    activities, _ = load_activities(transaction, plan.activities, report, source=options.source)
    load_attendance(
        transaction, counted, activities=activities, counted_by=counted_by, report=report
    )
    return report


def _alone(transaction: Transaction, options: Options) -> Drafting:
    """What is there already, read once no other import is at work."""
    transaction.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return Drafting(options, _known(transaction), Plan(), Report())


def _known(transaction: Transaction) -> Known:
    places = transaction.execute(
        select(Place.code, Place.name, Place.timezone, Place.school_zone)
    ).all()
    organisations = transaction.execute(select(Organisation.code, Organisation.name)).all()
    programmes = transaction.execute(select(Programme.code, Programme.name)).all()
    return Known(
        places={
            row.code: KnownPlace(row.name, ZoneInfo(row.timezone), row.school_zone)
            for row in places
        },
        organisations={row.code: row.name for row in organisations},
        programmes={row.code: row.name for row in programmes},
    )


def _check_defaults(options: Options, known: Known) -> None:
    if options.place is not None and options.place not in known.places:
        raise invalid("place", "There is no such place.", "Ce lieu n’existe pas.")
    if options.organisation is not None and options.organisation not in known.organisations:
        raise invalid(
            "organisation", "There is no such organisation.", "Cette structure n’existe pas."
        )
    if options.programme not in known.programmes:
        raise invalid("programme", "There is no such programme.", "Ce dispositif n’existe pas.")


def _warn_of_sheets(left_out: Sequence[str], drafting: Drafting) -> None:
    for name in left_out:
        drafting.report.warn(
            None,
            name,
            "No column of this sheet gives a title; it is left out.",
            "Aucune colonne de cette feuille ne donne de titre ; elle est laissée de côté.",
        )


def _warn_of_columns(source: ActivityRows, drafting: Drafting) -> None:
    """Of a table, which was made for people, what is not taken; lists that programs make say much besides."""
    if source.format == WEEKLY:
        return
    names = not_understood(row.value for row in source.rows)
    if names:
        shown = ", ".join(name.strip()[:40] for name in names[:_COLUMNS_NAMED])
        more = " …" if len(names) > _COLUMNS_NAMED else ""
        drafting.report.warn(
            None,
            None,
            f"Columns that are not taken: {shown}{more}",
            f"Colonnes non reprises : {shown}{more}",
        )


def _warn_of_unknown_holidays(drafting: Drafting) -> None:
    last, known = drafting.options.season.last, school_holidays_known_until()
    if last > known:
        drafting.report.warn(
            None,
            "season_to",
            f"School holidays are known until {known:%Y-%m-%d} only.",
            f"Les vacances scolaires ne sont connues que jusqu’au {known:%d/%m/%Y}.",
        )
