"""Charts as SVG: read in grey and on paper, with an alternative text, every value written or in the table beside."""

from services.reporting.reports.formats.charts.bars import Row, bars
from services.reporting.reports.formats.charts.curve import Line, curve
from services.reporting.reports.formats.charts.heat import Square, heat

__all__ = ["Line", "Row", "Square", "bars", "curve", "heat"]
