"""Paths through the place that people of all three services notice: asked through the API, told, and counted."""

from collections.abc import Sequence
from typing import Any

from tests.service.notifications.conftest import MailServer
from tests.service.people.conftest import Services


def _tell(services: Services) -> None:
    """Let everything be heard, and sent; a minute later, so that nothing waits to be told together."""
    services.spread()
    services.post.let_a_minute_pass()
    services.post.send()


def _last_mail_to(mail_server: MailServer, address: str) -> tuple[str, str]:
    """Its subject and its words."""
    mail = [one for one in mail_server.mails() if one["To"] == address][-1]
    return str(mail["Subject"]), mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def _link_in(words: str, registration: Any) -> str:
    """The path of the link by which a message lets one manage a registration."""
    [line] = [line for line in words.splitlines() if registration["id"] in line]
    return line[line.index("/v1/") :].strip("> ")


def _kinds_told_to(services: Services, registration: Any) -> Sequence[str]:
    path = f"GET /v1/notifications?registration={registration['id']}"
    items = services.call(path, of="notifications").json["items"]
    return sorted(one["kind"] for one in items if one["kind"] != "reminder")


def test_an_open_workshop_from_the_listing_to_what_people_thought_of_it(
    services: Services, mail_server: MailServer
) -> None:
    session = services.offer.session(capacity=2)
    public = services.apps["registrations"].test_client()
    theirs = services.bearer("facilitator", organisation="repair-cafe")

    # Everyone sees it. Ada and Grace have a seat, Karim is first in line.
    [listed] = public.get("/v1/sessions?open=true").json["items"]
    assert (listed["title"], listed["seats_left"]) == ("Repair Café", 2)
    ada, grace, karim = (
        services.register(name, session, email=f"{name}@example.org".lower())
        for name in ("Ada", "Grace", "Karim")
    )
    assert (karim["status"], karim["waitlist_position"]) == ("waitlisted", 1)
    _tell(services)
    assert [len(_kinds_told_to(services, one)) for one in (ada, grace, karim)] == [1, 1, 1]

    # By the link in her mail Ada gives up her seat; it is Karim's, and he is told.
    _, words = _last_mail_to(mail_server, "ada@example.org")
    link = _link_in(words, ada)
    assert public.post(link.replace("?", "/cancel?")).json["status"] == "cancelled"
    _tell(services)
    assert _kinds_told_to(services, karim) == ["promoted", "waitlisted"]
    _, words = _last_mail_to(mail_server, "karim@example.org")
    assert public.get(_link_in(words, karim)).json["status"] == "confirmed"

    # The association notes who came, and closes; Grace, who did, is asked what she thinks.
    meeting = services.hold(session)
    came = {grace["id"]: "present", karim["id"]: "absent"}
    sheet = {"items": [{"registration_id": one, "status": how} for one, how in came.items()]}
    noted = public.put(f"/v1/meetings/{meeting}/attendance", json=sheet, headers=theirs)
    assert noted.status_code == 200, noted.json
    assert public.post(f"/v1/sessions/{session}/close", headers=theirs).status_code == 200
    _tell(services)
    assert "feedback-invitation" in _kinds_told_to(services, grace)
    assert "feedback-invitation" not in _kinds_told_to(services, karim)
    link = grace["manage_url"].removeprefix("http://arceaux.test").replace("?", "/feedback?")
    assert public.post(link, json={"rating": 5, "comment": "Réparé !"}).status_code == 200

    # The year's figures say all of it, and no name.
    services.spread()
    figures = services.figures()
    wanted = {"registrations": 3, "cancelled": 1, "attended": 1, "people": 3}
    assert {name: figures[name] for name in wanted} == wanted
    assert figures["satisfaction"] == 5


def test_a_session_cancelled_by_its_association_tells_everyone_and_what_else_there_is(
    services: Services, mail_server: MailServer
) -> None:
    session = services.offer.session(capacity=1, title="Souder")
    other = services.offer.session(title="Coudre")
    public = services.apps["registrations"].test_client()
    url = f"/v1/sessions/{session}"

    # Ada has the seat, Grace waits; Monsieur Diallo, who has no address of any kind, waits too.
    ada, grace = (
        services.register(name, session, email=f"{name}@example.org".lower())
        for name in ("Ada", "Grace")
    )
    diallo = services.call(
        "POST /v1/registrations",
        json={
            "session_id": str(session),
            "participant": {"given_name": "Mamadou", "family_name": "Diallo"},
            "assisted_by": {"agreement": "oral"},
        },
    ).json
    _tell(services)

    # Another association cannot; their own can, and asking twice is asking once.
    another, own = (
        services.bearer("facilitator", organisation=code) for code in ("ccas", "repair-cafe")
    )
    assert public.post(f"{url}/cancel", headers=another).status_code == 403
    for _ in range(2):
        assert public.post(f"{url}/cancel", headers=own).json["status"] == "cancelled"
        _tell(services)

    # Each is told once, by what they have: a mail that says what else there is, or at the next visit.
    for registration in (ada, grace, diallo):
        assert _kinds_told_to(services, registration).count("session-cancelled") == 1
        shown = services.call(f"GET /v1/registrations/{registration['id']}").json
        assert shown["status"] == "cancelled"
    for address in ("ada@example.org", "grace@example.org"):
        subject, words = _last_mail_to(mail_server, address)
        assert "Souder" in subject
        assert "Coudre" in words
    by_hand = services.call(
        f"GET /v1/notifications?registration={diallo['id']}", of="notifications"
    ).json["items"]
    assert {one["channel"] for one in by_hand} == {"desk"}
    [elsewhere] = public.get(f"{url}/alternatives").json["items"]
    assert elsewhere["session_id"] == str(other)

    # Nobody registers any more, calendars say so, and no seat was lost in the figures.
    late = {"given_name": "Rosa", "family_name": "Luz", "email": "rosa@example.org"}
    asked = {"session_id": str(session), "participant": late}
    assert public.post("/v1/registrations", json=asked).status_code == 409
    assert "STATUS:CANCELLED" in public.get(f"{url}.ics").text
    assert services.figures()["registrations"] == 3


def test_whoever_asks_to_be_forgotten_is_and_is_told_that_it_is_done(
    services: Services, mail_server: MailServer
) -> None:
    held, ahead = services.offer.session(), services.offer.session(capacity=1)
    past = services.register("Ada", held, email="ada@example.org")
    meeting = services.hold(held)
    sheet = {"items": [{"registration_id": past["id"], "status": "present"}]}
    services.call(f"PUT /v1/meetings/{meeting}/attendance", json=sheet)
    future = services.register("Ada", ahead, email="ada@example.org")
    grace = services.register("Grace", ahead, email="grace@example.org")
    person = services.person(past)
    _tell(services)
    before = services.figures()

    # She asks for what is held of her, and then that it be erased; a manager does it.
    export = services.call(f"GET /v1/participants/{person}/export")
    assert "ada@example.org" in export.text
    accepted = services.call(f"DELETE /v1/participants/{person}", role="manager")
    assert accepted.status_code == 202, accepted.json
    _tell(services)
    receipt = services.call(f"GET {accepted.headers['Location']}", role="manager").json
    assert receipt["complete"]
    assert set(receipt["services"]) == {"registrations", "notifications", "reporting"}
    _tell(services)
    subject, _ = _last_mail_to(mail_server, "ada@example.org")
    assert "effac" in subject.lower()

    # Her seat is Grace's. Nobody finds her, her links open nothing, and she is free to come again.
    assert services.call(f"GET /v1/registrations/{grace['id']}").json["status"] == "confirmed"
    assert services.call(f"GET /v1/participants/{person}").status_code == 404
    assert services.call("GET /v1/participants?q=ada").json["items"] == []
    public = services.apps["registrations"].test_client()
    for one in (past, future):
        assert public.get(one["manage_url"].removeprefix("http://arceaux.test")).status_code == 404
    assert services.person(services.register("Ada", email="ada@example.org")) != person

    # What was counted is counted as it was.
    after = services.figures()
    for name in ("people", "people_attended", "attended"):
        assert after[name] == before[name], name
