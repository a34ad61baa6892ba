"""Loads the programme that ships with the service, unless the place offers something already.

``python -m services.registrations.first_programme``, once the schema is there; it may run again.
"""

import sys
from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.db import database, transaction
from services.registrations.importing.formats import detect
from services.registrations.importing.plan import Options
from services.registrations.importing.report import Outcome, Report, Severity
from services.registrations.importing.run import import_source
from services.registrations.models import Activity
from services.registrations.operations.clock import now
from services.registrations.season import season_at_hand
from shared.settings import load_settings

PROGRAMME = Path(__file__).parent / "programme" / "arceaux.json"


def load_first_programme(session: Transaction, file: Path = PROGRAMME) -> Report | None:
    """Load ``file`` if nothing is offered yet; None when something is.

    Raises:
        Unreadable: the file as a whole cannot be read.
    """
    if session.scalar(select(exists().select_from(Activity))):
        return None
    moment = now()
    options = Options(now=moment, season=season_at_hand(moment.date()))
    return import_source(session, detect(file.read_bytes()), options)


def main() -> None:
    """Load it into the database of the environment, and say in one line what was done."""
    database.connect(load_settings("registrations").database_url, pool_size=1)
    with transaction() as session:
        report = load_first_programme(session)
    if report is None:
        print("kept as it is")
        return
    for finding in report.in_order():
        if finding.severity is Severity.ERROR:
            sys.exit(f"line {finding.line}: {finding.text.en}")
    created = report.numbers(Outcome.CREATED)
    print("created", ", ".join(f"{kind}: {number}" for kind, number in created.items() if number))


if __name__ == "__main__":
    main()
