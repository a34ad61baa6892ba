"""Editions: what a report said, kept for good. A correction is a new one."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, undefer
from uuid_utils.compat import uuid7

from services.reporting.domain import OUTWARD
from services.reporting.models import Edition
from services.reporting.operations import jobs, published
from services.reporting.operations.jobs import Run
from services.reporting.refusals import EditionNotFound


@dataclass(frozen=True, slots=True)
class Said:
    """What a run found out; ``write`` makes the document once its number and predecessor are known.

    Of what leaves the staff's hands, ``counted`` is what later editions are held against, and ``held_against`` how many
    earlier ones this was, whomever they were for.
    """

    fingerprint: str
    definitions_version: int
    positions: Mapping[str, int]
    generated_at: datetime
    write: Callable[[int, UUID | None], bytes]
    counted: Mapping[str, Any] | None = None
    held_against: int = 0


class Overtaken(Exception):
    """Another edition came out meanwhile, that this one was not held against."""


def issue(session: Session, run: Run, said: Said) -> Edition:
    """The edition that says this, to be the one of the run's files.

    A new one, after those that answered the same question; the last of these if that said the very same.

    Raises:
        RunLost: the run was given up for dead meanwhile.
        Overtaken: of what leaves the staff's hands; it must be found out anew.
    """
    series = _series(run.report, run.audience, run.parameters)
    # One at a time answers a question, whomever for: two workers may be at it at once.
    question = _series(run.report, "", run.parameters)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(question))))
    last = session.scalar(
        select(Edition)
        .where(Edition.series == series)
        .order_by(Edition.number.desc())
        .limit(1)
        .options(undefer(Edition.document))
    )
    if said.counted is not None:
        told = session.scalar(
            select(func.count()).where(_left_the_staff(run.report, run.parameters))
        )
        if said.held_against != told:
            raise Overtaken
    edition = last if last and last.fingerprint == said.fingerprint else _following(run, said, last)
    session.add(edition)
    session.flush()
    jobs.note_edition(session, run, edition.id)
    return edition


def told_before(
    session: Session,
    report: str,
    parameters: Mapping[str, Any],
    *,
    before: datetime | None = None,
) -> list[tuple[str, published.Edition]]:
    """What was told in answer to this question outside the staff (before ``before``), and to whom, the oldest first."""
    query = select(Edition.audience, Edition.counted).where(_left_the_staff(report, parameters))
    if before is not None:
        query = query.where(Edition.generated_at < before)
    rows = session.execute(query.order_by(Edition.generated_at, Edition.id))
    return [(row.audience, published.read_kept(row.counted)) for row in rows]


def find_edition(session: Session, edition_id: UUID) -> Edition:
    """The edition with its document.

    Raises:
        EditionNotFound
    """
    edition = session.get(Edition, edition_id, options=[undefer(Edition.document)])
    if edition is None:
        raise EditionNotFound
    return edition


def list_editions(
    session: Session, *, report: str | None, audience: str | None, before: UUID | None, limit: int
) -> Sequence[Edition]:
    """Up to ``limit`` editions without their documents, the newest first, older than ``before``."""
    query = select(Edition).order_by(Edition.id.desc()).limit(limit)
    if report is not None:
        query = query.where(Edition.report == report)
    if audience is not None:
        query = query.where(Edition.audience == audience)
    if before is not None:
        query = query.where(Edition.id < before)
    return session.scalars(query).all()


def _following(run: Run, said: Said, last: Edition | None) -> Edition:
    number, previous = (last.number + 1, last.id) if last else (1, None)
    document = said.write(number, previous)
    return Edition(
        id=uuid7(),
        series=_series(run.report, run.audience, run.parameters),
        number=number,
        previous_id=previous,
        report=run.report,
        audience=run.audience,
        parameters=dict(run.parameters),
        fingerprint=said.fingerprint,
        sha256=hashlib.sha256(document).hexdigest(),
        document=document,
        definitions_version=said.definitions_version,
        positions=dict(said.positions),
        generated_at=said.generated_at,
        counted=said.counted,
    )


def _left_the_staff(report: str, parameters: Mapping[str, Any]) -> ColumnElement[bool]:
    """The editions that answered this question for anyone but the staff."""
    outward = [_series(report, audience, parameters) for audience in OUTWARD]
    return and_(Edition.series.in_(outward), Edition.counted.is_not(None))


def _series(report: str, audience: str, parameters: Mapping[str, Any]) -> str:
    asked: list[Any] = [report, audience, dict(parameters)]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
