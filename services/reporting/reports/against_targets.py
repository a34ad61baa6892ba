"""The targets of a year beside what there was."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.reporting.domain import Scope
from services.reporting.operations.figures import Figures
from services.reporting.operations.targets import hold_against, targets_of
from services.reporting.reports.content import Sheet

_COLUMNS = ("indicator", "programme", "target", "result", "reached")


def targets_sheet(session: Session, scope: Scope, figures: Figures) -> Sequence[Sheet]:
    """A row for each target that ``figures`` (by programme, too) can be held against; no sheet without any."""
    rows: list[Mapping[str, Any]] = []
    for programme, targets in targets_of(session, scope).items():
        found = figures.total if programme is None else figures.groups["programme"].get(programme)
        if found is None or programme != scope.programme is not None:
            continue
        compared = hold_against(found, targets)
        rows += [
            {
                "indicator": name,
                "programme": programme,
                "target": value,
                "result": found[name],
                "reached": compared[name]["ratio"],
            }
            for name, value in targets.items()
        ]
    return [Sheet("targets", _COLUMNS, rows)] if rows else []
