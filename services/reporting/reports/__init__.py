"""The kinds of report, one module each, and how one is written to files."""

from collections.abc import Mapping

from services.reporting.reports import activity_month, bilan, programme, session
from services.reporting.reports.content import ReportKind

KINDS: Mapping[str, ReportKind] = {
    kind.name: kind for kind in (session.KIND, activity_month.KIND, programme.KIND, bilan.KIND)
}
