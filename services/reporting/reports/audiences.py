"""Whom a report is for, and what is done to its tables before they are told."""

from collections.abc import Callable, Mapping

from services.reporting.reports.content import Content


def exact(content: Content) -> Content:
    """As counted: for staff, who hold the people's records anyway."""
    return content


# A report can be for these, and for nobody else: what leaves the staff must have passed disclosure control.
AUDIENCES: Mapping[str, Callable[[Content], Content]] = {"staff": exact}
