"""The programme that ships with the service."""

from sqlalchemy import func, select

from services.registrations.first_programme import load_first_programme
from services.registrations.importing.report import Outcome
from services.registrations.models import Activity, Session


def test_an_empty_place_offers_the_shipped_programme(registrations_database):
    with registrations_database.transaction() as transaction:
        report = load_first_programme(transaction)

    assert report.findings == []
    assert report.numbers(Outcome.CREATED)["activities"] > 0
    with registrations_database.transaction() as transaction:
        assert transaction.scalar(select(func.count()).select_from(Session)) > 0


def test_a_place_that_offers_something_keeps_it_as_it_is(registrations_database, offer):
    offer.session()

    with registrations_database.transaction() as transaction:
        assert load_first_programme(transaction) is None

    with registrations_database.transaction() as transaction:
        assert transaction.scalar(select(func.count()).select_from(Activity)) == 1
