"""One run of a report job, from claiming it to its files."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event, Thread
from time import monotonic
from typing import Any
from uuid import UUID

from psycopg.errors import QueryCanceled
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.reporting import indicators
from services.reporting.domain import LEASE_SECONDS, REPORT_SECONDS, STEP_SECONDS
from services.reporting.operations import editions, jobs
from services.reporting.operations.codes import check_heard_of
from services.reporting.operations.editions import Said
from services.reporting.operations.jobs import Run, RunLost, WrittenFile
from services.reporting.operations.names import names_known
from services.reporting.operations.positions import read_positions
from services.reporting.operations.published import Edition, kept
from services.reporting.refusals import TookTooLong
from services.reporting.reports import KINDS
from services.reporting.reports.audiences import STAFF, disclose
from services.reporting.reports.chapters import lay_out
from services.reporting.reports.content import Content, ReportKind
from services.reporting.reports.document import (
    Document,
    Provenance,
    compose,
    fingerprint,
    from_bytes,
    to_bytes,
)
from services.reporting.reports.formats import FORMATS
from services.reporting.settings import home_timezone
from shared.db import Database
from shared.errors import Refusal
from shared.messaging.parking import reason
from shared.messaging.receiver import TRANSIENT

log = logging.getLogger(__name__)

# The part of the work that counting is; the rest is writing files.
_COUNTING = 0.9
# Seconds between two words of a run that is at work and knows not how far.
_BREATH = 2.0


def write_report(database: Database, job_id: UUID) -> None:
    """Run the job unless another does or did. A failing run is tried again a few times by the sweep.

    Raises:
        TRANSIENT errors: the database is away. The sweep finds the job when this run's time is up.
    """
    with database.transaction() as session:
        run = jobs.claim_job(session, job_id)
    if run is None:
        return
    try:
        try:
            with _showing_life(database, run):
                edition_id, document = _edition_of(database, run)
                files = list(_files(database, run, document))
        except OperationalError as error:
            # A statement that was stopped is too long whenever it is tried; whatever else it is may pass.
            if not isinstance(error.orig, QueryCanceled):
                raise
            _fail(database, run, TookTooLong())
        except (RunLost, *TRANSIENT):
            raise
        except Exception as error:  # a mistake in a report must not look like a worker that died
            _fail(database, run, error)
        else:
            with database.transaction() as session:
                jobs.finish_job(session, run, files, edition_id)
    except RunLost:
        log.warning("run_lost", extra={"job": str(job_id), "report": run.report})


@contextmanager
def _showing_life(database: Database, run: Run) -> Iterator[None]:
    """Say every few seconds that the run is there, however long the step may be that it is at.

    For as long as a report may take: one that hangs is given up then, like one whose worker died.
    """
    over, until = Event(), monotonic() + REPORT_SECONDS

    def say() -> None:
        while not over.wait(LEASE_SECONDS / 3) and monotonic() < until:
            try:
                with database.transaction() as session:
                    jobs.note_life(session, run)
            except RunLost:
                return
            except TRANSIENT:
                log.warning("life_not_shown", extra={"job": str(run.job_id)})

    thread = Thread(target=say, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _edition_of(database: Database, run: Run) -> tuple[UUID, Document]:
    """What the files are made of: the edition that the job has, or the one that is found out now."""
    if run.edition_id is None:
        said = _find_out(database, run)
        with database.transaction() as session:
            edition = editions.issue(session, run, said)
    else:
        with database.transaction() as session:
            edition = editions.find_edition(session, run.edition_id)
    return edition.id, from_bytes(edition.document)


def _files(database: Database, run: Run, document: Document) -> Iterator[WrittenFile]:
    """The files, format by format, between which the run says that it is still there.

    Raises:
        RunLost: it was cancelled, or given up for dead.
    """
    for number, name in enumerate(run.formats):
        with database.transaction() as session:
            written = number / len(run.formats)
            jobs.note_progress(session, run, _COUNTING + (1 - _COUNTING) * written)
        yield from FORMATS[name](document, run.language)


def _find_out(database: Database, run: Run) -> Said:
    kind, began = KINDS[run.report], monotonic()

    def tell(progress: float) -> None:
        _in_time(began)
        with database.transaction() as session:
            jobs.note_progress(session, run, progress)

    beat = _now_and_then(lambda: tell(_COUNTING))
    parameters = kind.parameters.load(run.parameters)
    # The edition keeps the offset with the moment: whoever finds it out again needs no setting.
    now = datetime.now(home_timezone())
    # In the order of the kind's own, which storage does not keep.
    asked = {name: run.parameters[name] for name in _names_of(kind) if name in run.parameters}
    with database.transaction() as session:
        # All figures and positions of one report are of one moment.
        session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        session.execute(text(f"SET LOCAL statement_timeout = '{STEP_SECONDS}s'"))
        positions = read_positions(session)
        # An order may have come before what it is about, or name what never was.
        check_heard_of(session, asked)
        written = kind.write(session, parameters, now, lambda part: tell(part * _COUNTING))
        content = _with_names(session, written, asked)
        provenance = Provenance(run.report, run.audience, asked, now, indicators.VERSION, positions)
        earlier = _earlier(session, provenance)
        told = _told(session, kind, content, provenance, earlier, beat=beat)
    document = _document(kind, told.content, provenance)
    return Said(
        fingerprint(document),
        provenance.definitions_version,
        positions,
        now,
        lambda number, previous: to_bytes(document.numbered(number, previous)),
        told.counted,
        len(earlier),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What a report says to those it is for; ``counted`` is kept of what leaves the staff's hands."""

    content: Content
    counted: Mapping[str, Any] | None = None


def _told(
    session: Session,
    kind: ReportKind,
    content: Content,
    provenance: Provenance,
    earlier: Sequence[tuple[str, Edition]],
    *,
    beat: Callable[[], None] = lambda: None,
) -> _Told:
    if kind.scope is None or provenance.audience == STAFF:
        return _Told(content)
    said = disclose(
        session,
        content,
        kind.scope(kind.parameters.load(dict(provenance.parameters))),
        provenance.audience,
        earlier=earlier,
        as_of=provenance.generated_at,
        beat=beat,
    )
    return _Told(said.content, kept(said.cube, said.withheld))


def _earlier(
    session: Session, provenance: Provenance, *, before: datetime | None = None
) -> Sequence[tuple[str, Edition]]:
    return editions.told_before(session, provenance.report, provenance.parameters, before=before)


def count_again(session: Session, issued: Document) -> Document:
    """What the facts that ``session`` sees answer to the same question, as of the same moment.

    What leaves the staff's hands is held against the editions that came before the issued one.
    """
    provenance = replace(issued.provenance, definitions_version=indicators.VERSION)
    kind = KINDS[provenance.report]
    parameters = kind.parameters.load(dict(provenance.parameters))
    written = kind.write(session, parameters, provenance.generated_at, lambda _: None)
    content = _with_names(session, written, provenance.parameters)
    earlier = _earlier(session, provenance, before=provenance.generated_at)
    told = _told(session, kind, content, provenance, earlier)
    return _document(kind, told.content, provenance)


def _with_names(session: Session, content: Content, asked: Mapping[str, Any]) -> Content:
    """The content, and what the codes in it and in what was ``asked`` are called."""
    rows = [asked, content.about, *(row for sheet in content.sheets for row in sheet.rows)]
    names = {}
    for kind, called in names_known(session).items():
        used = {row.get(kind) for row in rows}
        names[kind] = {code: name for code, name in called.items() if code in used}
    return replace(content, names=names)


def _document(kind: ReportKind, content: Content, provenance: Provenance) -> Document:
    laid_out = replace(content, chapters=content.chapters or lay_out(content))
    return compose(kind.title, laid_out, provenance)


def _now_and_then(say: Callable[[], None]) -> Callable[[], None]:
    """``say``, however often it is called, but once in a breath."""
    last = 0.0

    def beat() -> None:
        nonlocal last
        if monotonic() - last > _BREATH:
            last = monotonic()
            say()

    return beat


def _in_time(began: float) -> None:
    if monotonic() - began > REPORT_SECONDS:
        raise TookTooLong


def _names_of(kind: ReportKind) -> list[str]:
    return [field.data_key or name for name, field in kind.parameters.fields.items()]


def _fail(database: Database, run: Run, error: Exception) -> None:
    refused = isinstance(error, Refusal)
    logged = str(error) if refused else reason(error)
    log.error("report_failed", extra={"job": str(run.job_id), "reason": logged})
    said = error.text if isinstance(error, Refusal) else logged
    with database.transaction() as session:
        jobs.fail_run(session, run, said, for_good=refused)
