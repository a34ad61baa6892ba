"""What programmes, organisations and places are called: people read names, programs codes."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.reporting.models import label_fact


def names_known(session: Session) -> Mapping[str, Mapping[str, str]]:
    """By kind (``programme``, ``organisation``, ``place``), then by code."""
    column = label_fact.c
    query = select(column.kind, column.code, column.label).order_by(column.kind, column.code)
    found: dict[str, dict[str, str]] = {}
    for kind, code, name in session.execute(query):
        found.setdefault(kind, {})[code] = name
    return found
