"""A seat is freed in the evening: the next in line gets it at once, and hears of it when phones may ring."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.quiet import is_quiet_day
from tests.service.notifications.sms import made_providers
from tests.service.notifications.test_sms import Clock
from tests.service.people.conftest import Services

PARIS = ZoneInfo("Europe/Paris")


def two_working_days() -> tuple[datetime, datetime]:
    """Noon of a day to come on which phones may ring, and eight in the morning of the next, which is one too."""
    day = datetime.now(PARIS).date() + timedelta(days=1)
    while is_quiet_day(day) or is_quiet_day(day + timedelta(days=1)):
        day += timedelta(days=1)
    noon = datetime.combine(day, time(12), PARIS)
    return noon, datetime.combine(day + timedelta(days=1), time(8), PARIS)


def test_the_waiting_list_moves_up_in_the_evening_and_the_next_in_line_hears_in_the_morning(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon, morning = two_working_days()
    with made_providers(monkeypatch) as providers:
        clock = Clock(monkeypatch)
        clock.set(noon)

        # One seat; Ada has it, Karim, who has a mobile phone and no mailbox, stands first in line.
        session = services.offer.session(capacity=1, begins_in=timedelta(days=20))
        ada = services.register("Ada", session, email="ada@example.org")
        karim = services.register("Karim", session, phone="+33612345678")
        assert karim["status"] == "waitlisted"
        services.spread()
        services.post.send()
        assert len(providers.texts()) == 1

        # At half past nine in the evening Ada gives it up. It is Karim's at once, but his phone stays still.
        clock.set(noon.replace(hour=21, minute=30))
        services.call(f"POST /v1/registrations/{ada['id']}/cancel")
        services.spread()
        services.post.send()
        shown = services.call(f"GET /v1/registrations/{karim['id']}").json
        assert shown["status"] == "confirmed"
        assert len(providers.texts()) == 1
        [waiting] = [one for one in services.post.all() if one.kind == "promoted"]
        assert waiting.due_at == morning.astimezone(UTC)

        # At eight it rings.
        clock.set(morning)
        services.post.send()
        assert len(providers.texts()) == 2
        assert "Repair" in providers.texts()[-1]
