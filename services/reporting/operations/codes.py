"""Which codes reporting has heard of: of sessions, of referrals, and of whatever it was told the name of."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from services.reporting.models import label_fact, referral_fact, session_fact
from services.reporting.refusals import CodeUnknown

OF_SESSIONS = ("programme", "organisation", "place")


def unheard_of(session: Session, kind: str, codes: Collection[str]) -> frozenset[str]:
    """Those of ``codes`` that no event has told of; ``kind`` is one of ``OF_SESSIONS``."""
    if not codes:
        return frozenset()
    held, named, referred = session_fact.c[kind], label_fact.c, referral_fact.c.programme
    told = [
        select(held).where(held.in_(codes)),
        select(named.code).where(named.kind == kind, named.code.in_(codes)),
    ]
    if kind == "programme":
        told.append(select(referred).where(referred.in_(codes)))
    return frozenset(codes) - frozenset(session.scalars(union(*told)))


def check_heard_of(session: Session, parameters: Mapping[str, Any]) -> None:
    """Whether all that the ``parameters`` of a report name by its code has been told of.

    Raises:
        CodeUnknown
    """
    for kind in OF_SESSIONS:
        code = parameters.get(kind)
        if code is not None and unheard_of(session, kind, {code}):
            raise CodeUnknown(kind, code)
