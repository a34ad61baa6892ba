"""A person is forgotten on the whole platform: no table, no queue and no log holds what they could be known by."""

from __future__ import annotations

import uuid

import pytest

from tests.place import Place
from tests.servers import wait_until
from tests.traces import logged, queued, rows

pytestmark = pytest.mark.system

SERVICES = ("registrations", "notifications", "reporting")


def test_nothing_they_could_be_known_by_is_left_anywhere(place: Place) -> None:
    planted = f"zq{uuid.uuid4().hex[:8]}"
    session = place.session(seats=1)
    who = {
        "given_name": f"{planted}-given",
        "family_name": f"{planted}-family",
        "email": f"{planted}@{place.organisation}.example.org",
        "postcode": planted,
        "situations": [f"{planted}-situation"],
    }
    sent = {"session_id": session, "participant": who, "needs": f"{planted}-needs"}
    registered = place.call("POST", "/v1/registrations", sent)
    status, waiting = place.register(session, "next")
    assert (status, waiting["status"]) == (201, "waitlisted")
    wait_until(lambda: who["email"] in place.inbox(), "the message arrives")
    wait_until(lambda: place.indicators()["registrations"] == 2, "both are counted")
    [item] = place.call("GET", f"/v1/participants?q={planted}", role="adviser")["items"]
    export = place.call("GET", f"/v1/participants/{item['id']}/export", role="adviser")
    assert planted in str(export["notifications"])
    assert any(planted in row for row in rows(place, "notifications"))
    before = place.indicators()

    receipt = place.call("DELETE", f"/v1/participants/{item['id']}", role="manager")
    wait_until(
        lambda: place.call("GET", f"/v1/erasures/{receipt['id']}", role="manager")["complete"],
        "every service has answered",
    )
    wait_until(lambda: place.address("next") in place.inbox(), "the next in line is told")
    wait_until(lambda: place.indicators()["cancelled"] == 1, "what was to come is cancelled")
    wait_until(lambda: len(place.inbox()[who["email"]]) == 2, "the receipt arrives")

    def left() -> list[str]:
        held = [row for service in SERVICES for row in rows(place, service)]
        everywhere = (*held, *queued(place), *logged(place))
        return [line[:200] for line in everywhere if planted in line]

    # The receipt's address is kept until its acceptance is recorded, a moment after it arrived.
    wait_until(lambda: left() == [], "nothing is left")
    after = place.indicators()
    assert (after["people"], after["registrations"]) == (before["people"], before["registrations"])
    # Told nothing more than what they were told before, and that they are forgotten.
    assert len(place.inbox()[who["email"]]) == 2
    link = registered["manage_url"]
    assert place.http.request("GET", link).status == 404
