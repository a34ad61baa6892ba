"""The kinds of report, one module each, and how one is written to files."""

from collections.abc import Mapping

from services.reporting.reports import (
    activity_month,
    bilan,
    cohort,
    funder,
    organisation,
    programme,
    session,
    social_needs,
)
from services.reporting.reports.content import ReportKind

KINDS: Mapping[str, ReportKind] = {
    kind.name: kind
    for kind in (
        session.KIND,
        cohort.KIND,
        activity_month.KIND,
        programme.KIND,
        organisation.KIND,
        funder.KIND,
        social_needs.KIND,
        bilan.KIND,
    )
}
