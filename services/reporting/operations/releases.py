"""Open figures, published release by release: asked for, made once by a job, never changed.

Live figures would tell of every person who comes or goes. A release is made when a manager asks for one, when
there is a quarter more to tell than last time and that was a day ago, or when the last one is older than a set
time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, load_only

from services.reporting import indicators
from services.reporting.domain import OPEN_THRESHOLD, SITUATION, Scope
from services.reporting.indicators.disclosed import DISCLOSED
from services.reporting.models import PublicRelease, registration_fact, session_fact
from services.reporting.operations.cube import CellName, count_atoms
from services.reporting.operations.figures import compute_figures
from services.reporting.operations.positions import read_positions
from services.reporting.operations.published import Edition, kept, read_kept, withhold_cells

GROUPINGS = ("programme", "organisation", "theme", "month", "place", SITUATION)
OPEN = (
    "registrations",
    "confirmed",
    "waitlisted",
    "cancelled",
    "attended",
    "people",
    "sessions",
    "meetings",
    "hours",
    "seats",
    "fill_rate",
    "no_show_rate",
    "refused",
    "satisfaction",
    "feedback_count",
)
_COUNTED = frozenset(need for name in OPEN for need in DISCLOSED[name])
_GROWTH = 1.25
# Growth alone would release every few minutes while a year's files come in, each so near to the one before that
# hardly anything in it could be told.
_AT_LEAST_BETWEEN = timedelta(days=1)


def ask_release(session: Session) -> UUID:
    """Ask for a release; whoever asks while one is asked for already is given that one."""
    asked = upsert(PublicRelease).on_conflict_do_nothing().returning(PublicRelease.id)
    release_id: UUID | None = session.execute(asked).scalar()
    if release_id is None:
        waiting = select(PublicRelease.id).where(PublicRelease.made_at.is_(None))
        release_id = session.scalars(waiting).one()
    return release_id


def is_due(session: Session, *, now: datetime, every: timedelta) -> bool:
    """Whether there is something to tell: see the module's first lines."""
    there = session.scalar(select(func.count()).select_from(registration_fact)) or 0
    last = session.execute(
        select(PublicRelease.made_at, PublicRelease.registrations)
        .where(PublicRelease.made_at.is_not(None))
        .order_by(PublicRelease.number.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return there >= OPEN_THRESHOLD
    age = now - last.made_at
    has_grown: bool = age >= _AT_LEAST_BETWEEN and there >= last.registrations * _GROWTH
    has_changed: bool = age >= every and there != last.registrations
    return has_grown or has_changed


def make_release(session: Session, *, now: datetime) -> PublicRelease | None:
    """Make the release that is asked for; None when none is, or another worker is at it.

    ``session`` must see one moment: all figures of a release are of the same.
    """
    release = session.scalars(
        select(PublicRelease)
        .where(PublicRelease.made_at.is_(None))
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if release is None:
        return None
    cube = count_atoms(session, Scope(), GROUPINGS, _COUNTED, as_of=now)
    withheld = withhold_cells(_earlier(session), cube, OPEN_THRESHOLD)
    figures = compute_figures(session, Scope(), GROUPINGS, as_of=now, with_money=False)
    days = session.execute(
        select(func.min(session_fact.c.first_day), func.max(session_fact.c.first_day))
    ).one()
    release.figures = {
        "from": days[0] and days[0].isoformat(),
        "to": days[1] and (days[1] + timedelta(days=1)).isoformat(),
        "total": _open(figures.total, withheld, None, None),
        "groups": {
            grouping: [
                {"group": group, **_open(found[group], withheld, grouping, group)}
                for group in sorted(found, key=lambda group: (group is None, group or ""))
            ]
            for grouping, found in figures.groups.items()
        },
    }
    release.number = (session.scalar(select(func.max(PublicRelease.number))) or 0) + 1
    release.registrations = int(figures.total["registrations"] or 0)
    release.counted = kept(cube, withheld)
    release.positions = read_positions(session)
    release.definitions_version = indicators.VERSION
    release.threshold = OPEN_THRESHOLD
    release.made_at = now
    return release


def last_release(session: Session) -> PublicRelease | None:
    """The figures that are open now; None when no release has been made yet."""
    return session.scalars(
        select(PublicRelease)
        .where(PublicRelease.made_at.is_not(None))
        .order_by(PublicRelease.number.desc())
        .limit(1)
    ).one_or_none()


def list_releases(session: Session, *, before: int | None, limit: int) -> Sequence[PublicRelease]:
    """Up to ``limit`` releases made, the last first, earlier than number ``before``."""
    query = (
        select(PublicRelease)
        .options(load_only(PublicRelease.number, PublicRelease.made_at, PublicRelease.threshold))
        .where(PublicRelease.made_at.is_not(None))
        .order_by(PublicRelease.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(PublicRelease.number < before)
    return session.scalars(query).all()


def nothing_told() -> dict[str, Any]:
    """The open figures before any release: every one withheld."""
    return {**dict.fromkeys(OPEN), "withheld": list(OPEN)}


def _open(
    figures: Mapping[str, indicators.Value],
    withheld: frozenset[CellName],
    grouping: str | None,
    group: str | None,
) -> dict[str, Any]:
    """The open figures of one group: null, and named under ``withheld``, where one may not be told."""
    secret = [
        name
        for name in OPEN
        if any((need, grouping, group) in withheld for need in DISCLOSED[name])
    ]
    shown = {name: None if name in secret else figures[name] for name in OPEN}
    return {**shown, "withheld": secret}


def _earlier(session: Session) -> list[Edition]:
    """What was released before, the oldest first."""
    rows = session.execute(
        select(PublicRelease.counted)
        .where(PublicRelease.made_at.is_not(None))
        .order_by(PublicRelease.number)
    ).scalars()
    return [read_kept(counted) for counted in rows]
