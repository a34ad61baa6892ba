"""What may leave staff's hands: figures about too few people, and whatever would let one work them out, are withheld.

The method is cell suppression for linked tables (M. Fischetti and J. J. Salazar, "Solving the Cell Suppression
Problem on Tabular Data with Linear Constraints", Management Science 47, 2001; A. Hundepool et al., "Statistical
Disclosure Control", Wiley, 2012, chapter 4). Every figure is a sum over atoms, the finest groups that anyone could
tell apart. Whoever reads all that is published knows a system of linear equations over counts that are not
negative; a figure is safe when that system leaves it possible that it counts ``threshold`` more than it does.

``suppression.withhold`` is the way in. It knows no table, no programme and no database: see docs/decisions/0019.
"""

from services.reporting.disclosure.cells import Cell, Fate
from services.reporting.disclosure.layers import layer

__all__ = ["Cell", "Fate", "layer"]
