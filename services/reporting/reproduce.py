"""An edition found out again from the logs: ``python -m services.reporting.reproduce EDITION``.

Exits with 0 if every figure is what the edition says, with 1 if one is not. Nothing is written.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.reporting import indicators
from services.reporting.db import database
from services.reporting.handlers import HANDLERS
from services.reporting.models import FACTS, ReportSubscription
from services.reporting.operations.editions import find_edition
from services.reporting.reports.document import Document, from_bytes, to_bytes
from services.reporting.reports.write import count_again
from shared.auth import ServiceToken, SigningKey
from shared.db import Database
from shared.errors import Refusal
from shared.events import envelope
from shared.messaging.feed import Feed, FeedUnavailable
from shared.messaging.receiver import Envelope
from shared.settings import load_settings


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How the logs compare with what was issued.

    ``same_bytes``: the document, to the last byte. ``same_figures``: its total and its tables; words and
    the layout may have changed since. ``same_definitions``: figures mean what they meant.
    """

    edition: str
    events: int
    same_bytes: bool
    same_figures: bool
    same_definitions: bool


def reproduce(database: Database, feed: Feed, edition_id: UUID) -> Reproduction:
    """Fill empty facts from the feeds up to the positions that the edition knew of, and count again.

    The facts are temporary tables that hide the real ones from this one transaction, which is rolled back.
    Quotes are in no log: they are taken as they are now.

    Raises:
        EditionNotFound, FeedUnavailable
    """
    with Session(database.engine) as session:
        edition = find_edition(session, edition_id)
        kept, positions = edition.document, edition.positions
        issued = from_bytes(kept)
        _hide_facts(session)
        events = 0
        for source, position in positions.items():
            for event in _told(feed, source, position):
                HANDLERS[event["type"]](session, envelope.read(event))
                events += 1
        found = count_again(session, issued)
        session.rollback()
    return Reproduction(
        edition=str(edition_id),
        events=events,
        same_bytes=to_bytes(found) == kept,
        same_figures=_figures(found) == _figures(issued),
        same_definitions=issued.provenance.definitions_version == indicators.VERSION,
    )


def _hide_facts(session: Session) -> None:
    """Empty tables in place of the facts, and of the orders, which nothing old may set off again."""
    for name in (*(fact.name for fact in FACTS), ReportSubscription.__tablename__):
        session.execute(
            text(f"CREATE TEMP TABLE {name} (LIKE public.{name} INCLUDING ALL) ON COMMIT DROP")
        )


def _told(feed: Feed, source: str, position: int) -> Iterator[Envelope]:
    """The events of ``source`` up to ``position``, in order, of the types that this service hears."""
    after = 0
    while after < position:
        page = feed.read(source, after)
        for event in page.events:
            after = event["position"]
            if after <= position and event["type"] in HANDLERS:
                yield event
        if page.last:
            return


def _figures(document: Document) -> Mapping[str, object]:
    content = document.content
    return {
        "about": content.about,
        "total": content.total,
        "tables": {sheet.name: list(sheet.rows) for sheet in content.sheets},
    }


def main(arguments: Sequence[str]) -> int:
    """Say as JSON how one edition compares with the logs."""
    try:
        [edition_id] = map(UUID, arguments)
    except ValueError:
        print("usage: python -m services.reporting.reproduce EDITION", file=sys.stderr)  # noqa: T201 - a command
        return 2
    settings = load_settings("reporting")
    if settings.signing_key_file is None:
        print("ARCEAUX_SIGNING_KEY_FILE is not set", file=sys.stderr)  # noqa: T201 - a command
        return 2
    database.connect(settings.database_url)
    token = ServiceToken(settings.service, SigningKey.load(settings.signing_key_file))
    try:
        found = reproduce(database, Feed(settings.urls, token), edition_id)
    except (Refusal, FeedUnavailable) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command
        return 2
    print(json.dumps(asdict(found)))  # noqa: T201 - a command
    return 0 if found.same_figures else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
