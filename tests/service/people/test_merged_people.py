"""A person whose records were merged: told once, at the contact they have, and counted once."""

from typing import Any

from services.reporting.operations.rebuilds import empty_facts
from tests.service.notifications.conftest import MailServer
from tests.service.people.conftest import Services


def _merge(services: Services, kept: Any, other: Any) -> str:
    path = f"/v1/participants/{services.person(kept)}/merge"
    answer = services.call(f"POST {path}", json={"other": services.person(other)})
    assert answer.status_code == 200, answer.json
    merge_id: str = answer.json["id"]
    return merge_id


def _undo(services: Services, merge_id: str) -> None:
    answer = services.call(f"POST /v1/participants/merges/{merge_id}/undo")
    assert answer.status_code == 200, answer.json


def test_what_concerns_the_merged_record_is_told_to_the_survivor_with_a_link_that_opens(
    services: Services, mail_server: MailServer
) -> None:
    session = services.offer.session()
    other = services.register("Jehan", session, email="old@example.org")
    kept = services.register("Jean", email="new@example.org")
    services.spread()
    # Decided before the merge, not sent yet: it goes to whom the registration is of by then.
    merge_id = _merge(services, kept, other)
    services.spread()
    services.post.send()
    assert {str(mail["To"]) for mail in mail_server.mails()} == {"new@example.org"}
    path = f"GET /v1/notifications?participant={services.person(kept)}"
    listed = services.call(path, of="notifications").json["items"]
    assert {one["registration_id"] for one in listed} == {kept["id"], other["id"]}
    services.post.let_a_minute_pass()
    services.call(f"POST /v1/registrations/{other['id']}/cancel")
    services.spread()
    services.post.send()
    assert mail_server.mails()[-1]["To"] == "new@example.org"
    assert len(mail_server.mails()) == 3
    about_other = [
        mail for mail in mail_server.mails() if other["id"] in str(mail.get_body(("plain",)))
    ]
    assert about_other
    for mail in about_other:
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        [line] = [line for line in text.splitlines() if other["id"] in line]
        link = line[line.index("/v1/") :].strip("> ")
        client = services.apps["registrations"].test_client()
        assert client.get(link).status_code == 200
    assert client.get(other["manage_url"].removeprefix("http://arceaux.test")).status_code == 200

    _undo(services, merge_id)
    again = services.register("Jehan", email="old@example.org")
    services.spread()
    services.post.send()
    assert again["id"] in str(mail_server.mails()[-1].get_body(("plain",)))
    assert mail_server.mails()[-1]["To"] == "old@example.org"


def test_one_person_is_counted_and_two_again_when_it_is_undone_rebuilt_or_not(
    services: Services,
) -> None:
    held = services.offer.session()
    kept, other = (
        services.register("Jean", held, email="a@e.org"),
        services.register("Jehan", email="b@e.org"),
    )
    meeting = services.hold(held)
    present = {"items": [{"registration_id": kept["id"], "status": "present"}]}
    services.call(f"PUT /v1/meetings/{meeting}/attendance", json=present)
    services.spread()
    before = services.figures()
    assert (before["people"], before["registrations"]) == (2, 2)
    merge_id = _merge(services, other, kept)
    services.spread()
    merged = services.figures()
    assert merged == {**before, "people": 1, "people_merged": 1}
    # Attendance that is corrected after the merge is still the one person's.
    present["items"][0]["status"] = "excused"
    services.call(f"PUT /v1/meetings/{meeting}/attendance", json=present)
    present["items"][0]["status"] = "present"
    services.call(f"PUT /v1/meetings/{meeting}/attendance", json=present)
    services.spread()
    assert services.figures() == merged
    services.receivers["reporting"].rebuild(empty_facts)
    assert services.figures() == merged
    _undo(services, merge_id)
    services.spread()
    assert services.figures() == before
    services.receivers["reporting"].rebuild(empty_facts)
    assert services.figures() == before


def test_the_fact_of_a_merge_heard_again_changes_nothing(services: Services) -> None:
    kept, other = (
        services.register("Jean", email="a@e.org"),
        services.register("Jehan", email="b@e.org"),
    )
    _merge(services, kept, other)
    services.spread()
    once = services.figures()
    for name in ("notifications", "reporting"):
        page = services.receivers[name]._feed.read("registrations", 0)
        for event in page.events:
            services.receivers[name].receive("registrations", 0, [event])
    assert services.figures() == once
