"""Reporting cannot know who anyone is."""

from marshmallow import fields

from services.reporting.handlers import HANDLERS
from services.reporting.models import FACTS
from shared.events.catalogue import CATALOGUE
from shared.events.subscriptions import SUBSCRIPTIONS

_SUBSCRIBED = frozenset().union(*SUBSCRIPTIONS["reporting"].values())
_PERSONAL = {"name", "email", "phone", "address", "access_key", "comment", "needs", "birth_year"}


def test_each_type_subscribed_to_has_a_handler_and_no_other_has() -> None:
    assert set(HANDLERS) == _SUBSCRIBED


def test_no_type_subscribed_to_is_personal() -> None:
    personal = {schema.event_type for schema in CATALOGUE.values() if schema.personal}
    assert personal
    assert not personal & _SUBSCRIBED


def test_no_type_subscribed_to_has_a_field_for_a_name_a_contact_or_a_comment() -> None:
    for (event_type, _), schema in CATALOGUE.items():
        if event_type in _SUBSCRIBED:
            person = schema.instance().fields.get("person")
            nested = person.schema.fields if isinstance(person, fields.Nested) else {}
            for field in (*schema.instance().fields, *nested):
                assert not any(word in field for word in _PERSONAL), (event_type, field)


def test_no_fact_has_a_column_for_a_name_a_contact_or_a_comment() -> None:
    for fact in FACTS:
        for column in [column.name for column in fact.columns]:
            assert not any(word in column for word in _PERSONAL), (fact.name, column)
