"""What people said, as a manager chose and screened it for reports. Their own words stay with the other service."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.reporting.models import Quote
from services.reporting.refusals import QuoteNotFound
from services.reporting.screening import find_identifying
from shared.errors import invalid


def add_quote(session: Session, *, text: str, programme: str | None, day: date) -> Quote:
    """Keep a quote for the reports of periods that hold ``day``; of one programme, or of the place.

    Raises:
        Invalid: it holds what looks like a name or a contact.
    """
    if found := find_identifying(text):
        raise invalid(
            "text",
            f"“{found}” looks like a name or a contact: write it without.",
            f"« {found} » ressemble à un nom ou à une coordonnée : écrivez la phrase sans.",
        )
    quote = Quote(text=text, programme=programme, day=day)
    session.add(quote)
    session.flush()
    return quote


def remove_quote(session: Session, quote_id: UUID) -> None:
    """No report to come prints it; editions that did stay as they are.

    Raises:
        QuoteNotFound
    """
    quote = session.get(Quote, quote_id)
    if quote is None:
        raise QuoteNotFound
    session.delete(quote)


def list_quotes(
    session: Session,
    *,
    since: date | None = None,
    until: date | None = None,
    programme: str | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> Sequence[Quote]:
    """Quotes of days from ``since`` to before ``until``, in the order in which they were added."""
    query: Select[Quote] = select(Quote).order_by(Quote.id)
    if since is not None:
        query = query.where(Quote.day >= since)
    if until is not None:
        query = query.where(Quote.day < until)
    if programme is not None:
        query = query.where(Quote.programme == programme)
    if after is not None:
        query = query.where(Quote.id > after)
    return session.scalars(query.limit(limit)).all()
