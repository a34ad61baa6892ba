"""What people said, as managers chose it for reports."""

from typing import Any
from uuid import UUID

from services.reporting.db import transaction
from services.reporting.operations import quotes
from services.reporting.schemas.quotes import QuoteQuery, QuoteRequest, QuoteSchema
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes

routes = Routes("quotes", __name__, url_prefix="/v1/quotes")


@routes.route("")
@routes.access("adviser", "manager", "operator")
@routes.arguments(QuoteQuery, location="query")
@routes.response(200, page_of(QuoteSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Quotes, in the order in which they were added."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = quotes.list_quotes(
            session,
            since=query["from_"],
            until=query["to"],
            programme=query["programme"],
            after=after[0] if after else None,
            limit=query["limit"] + 1,
        )
    page, following = cut(rows, query["limit"], lambda quote: (quote.id,))
    return {"items": page, "next": following}


@routes.route("", methods=["POST"])
@routes.access("manager")
@routes.arguments(QuoteRequest)
@routes.response(201, QuoteSchema)
def add(body: dict[str, Any]) -> Any:
    """Add a quote to the reports to come. What looks like a name or a contact is refused: choose the words so."""
    with transaction() as session:
        return quotes.add_quote(session, **body)


@routes.route("/<uuid:quote_id>", methods=["DELETE"])
@routes.access("manager")
@routes.refuses(404)
@routes.response(204)
def remove(quote_id: UUID) -> None:
    """Take a quote out of the reports to come; those issued stay as they are."""
    with transaction() as session:
        quotes.remove_quote(session, quote_id)
