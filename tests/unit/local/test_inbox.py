"""The sink as a process: real SMTP in, real HTTP out, and a sudden death in between."""

import json
import signal
import smtplib
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from email.message import EmailMessage

import pytest

from local import ports, trial
from local.folder import ROOT
from local.inbox import mail
from local.probes import is_ready


class Sink:
    def __init__(self, file):
        self.file, self.smtp = file, ports.free()
        self.http = ports.free([self.smtp])
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "local.inbox", "--file", str(self.file)),
                *("--smtp-port", str(self.smtp), "--port", str(self.http)),
            ],
            cwd=ROOT,
        )
        address = f"http://127.0.0.1:{self.http}/health/ready"
        trial.until(lambda: is_ready(address, self.process.pid), "the sink")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(10)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}") as answer:
            return answer.read().decode()

    def items(self, query=""):
        return json.loads(self.get(f"/v1/inbox{query}"))

    @contextmanager
    def connection(self):
        with smtplib.SMTP("127.0.0.1", self.smtp) as client:
            yield client


@pytest.fixture
def sink(tmp_path):
    made = Sink(tmp_path / "in box" / "messages")
    made.start()
    yield made
    made.stop(signal.SIGKILL)


def message(subject="Votre inscription est confirmée", to="amina@example.org"):
    made = EmailMessage()
    made["From"] = "Tiers-lieu des Arceaux <bonjour@arceaux.example>"
    made["To"] = to
    made["Subject"] = subject
    made["Message-ID"] = "<1@arceaux.example>"
    made.set_content("À bientôt !\n")
    made.add_alternative("<p>À bientôt&nbsp;!</p>", subtype="html")
    made.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="séance.ics")
    return made


def test_it_shows_what_it_was_sent(sink):
    with sink.connection() as client:
        client.send_message(message(), to_addrs=["amina@example.org", "zoe@example.org"])

    answer = sink.items()
    (item,) = answer["items"]
    assert answer["next"] is None
    assert item["from"] == "Tiers-lieu des Arceaux <bonjour@arceaux.example>"
    assert item["to"] == ["amina@example.org", "zoe@example.org"]
    assert item["subject"] == "Votre inscription est confirmée"
    assert item["text"].strip() == "À bientôt !"
    assert item["html"].strip() == "<p>À bientôt&nbsp;!</p>"
    assert item["attachments"] == [{"name": "séance.ics", "type": "text/calendar"}]
    assert item["message_id"] == "<1@arceaux.example>"
    assert item["received_at"].endswith("+00:00")


def test_a_poller_sees_each_message_once(sink):
    with sink.connection() as client:
        for index in range(5):
            client.send_message(message(f"n° {index}"))

    seen, query = [], "?limit=2"
    while True:
        answer = sink.items(query)
        seen += [item["subject"] for item in answer["items"]]
        if answer["next"] is None:
            break
        query = f"?limit=2&cursor={answer['next']}"
    assert seen == [f"n° {index}" for index in range(5)]

    last = answer["items"][-1]["id"]
    assert sink.items(f"?cursor={last}") == {"items": [], "next": None}
    with sink.connection() as client:
        client.send_message(message("later"))
    assert [item["subject"] for item in sink.items(f"?cursor={last}")["items"]] == ["later"]


def test_what_was_acknowledged_survives_a_sudden_death(sink):
    acknowledged = []

    def send(name):
        try:
            with sink.connection() as client:
                for index in range(1000):
                    client.send_message(message(f"{name}-{index}"))
                    acknowledged.append(f"{name}-{index}")
        except (smtplib.SMTPException, OSError):
            return

    senders = [threading.Thread(target=send, args=(name,)) for name in "abc"]
    for sender in senders:
        sender.start()
    trial.until(lambda: len(acknowledged) > 60, "some messages")
    sink.stop(signal.SIGKILL)
    for sender in senders:
        sender.join()
    sink.start()

    kept = {item["subject"] for item in sink.items("?limit=1000")["items"]}
    assert set(acknowledged) <= kept
    assert len(kept) <= len(acknowledged) + len(senders)


def test_messages_are_found_by_address_and_by_subject(sink):
    with sink.connection() as client:
        for name in ("amina", "zoe", "amina", "amina"):
            client.send_message(message(f"Pour {name}", to=f"{name}@example.org"))

    found = sink.items("?q=AMINA@&limit=2")
    rest = sink.items(f"?q=AMINA@&limit=2&cursor={found['next']}")
    assert [item["id"] for item in found["items"] + rest["items"]] == [
        "m00000001",
        "m00000003",
        "m00000004",
    ]
    assert rest["next"] is None
    assert [item["subject"] for item in sink.items("?q=pour%20z")["items"]] == ["Pour zoe"]
    page = sink.get("/?q=zoe")
    assert "Pour zoe" in page
    assert "Pour amina" not in page
    assert 'name=q value="zoe"' in page
    assert "<script" not in sink.get("/?q=%22%3E%3Cscript%3E")


def test_one_message_has_an_address_of_its_own(sink):
    with sink.connection() as client:
        client.send_message(message())
    (item,) = sink.items()["items"]
    assert json.loads(sink.get(f"/v1/inbox/{item['id']}")) == item


def test_it_can_be_emptied(sink):
    with sink.connection() as client:
        client.send_message(message())
    request = urllib.request.Request(f"http://127.0.0.1:{sink.http}/v1/inbox", method="DELETE")

    with urllib.request.urlopen(request) as answer:
        assert answer.status == 204

    assert sink.items()["items"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/inbox?limit=0", 400),
        ("/v1/inbox?limit=many", 400),
        ("/v1/inbox?cursor=elsewhere", 400),
        ("/?message=m00000099", 404),
        ("/v1/inbox/m00000099", 404),
        ("/v1/inbox/elsewhere", 400),
        ("/nothing", 404),
    ],
)
def test_what_it_cannot_answer_is_a_problem_document(sink, path, status):
    with pytest.raises(urllib.error.HTTPError) as caught:
        sink.get(path)
    with caught.value as answer:
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.load(answer)["status"] == status


def test_the_page_is_french_or_english_and_runs_nothing_of_a_message(sink):
    hostile = message("<script>alert(1)</script>")
    hostile.get_payload()[0].get_payload()[1].set_content(
        '"><script>alert(2)</script>', subtype="html"
    )
    with sink.connection() as client:
        client.send_message(hostile)

    listing = sink.get("/")
    shown = sink.get(f"/?message={sink.items()['items'][0]['id']}&lang=en")

    assert "<html lang=fr>" in listing
    assert "Courrier reçu" in listing
    assert "<html lang=en>" in shown
    assert "Received" in shown
    assert "<iframe sandbox " in shown
    assert "<script" not in listing + shown


def test_it_stops_when_told(sink):
    assert sink.stop() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no header at all",
        b"Subject: =?utf-8?q?never closed\r\n\r\nbody",
        b"Content-Type: text/plain; charset=no-such-thing\r\n\r\nh\xe9",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!",
        b"Subject: \xff\xfe\r\nFrom: \x00\r\n\r\n\xff",
        b'Content-Type: text/plain; name="=?x-none?b?AAAA?="\r\n\r\n',
    ],
)
def test_no_message_is_too_odd(content):
    item = mail.read("a@example.org", ["b@example.org"], content)

    assert item["to"] == ["b@example.org"]
    json.dumps(item).encode()


def test_accents_in_headers_may_come_either_way():
    raw = "Subject: =?utf-8?q?L=C3=A0?=\r\n =?utf-8?q?_aussi?=\r\nFrom: René\r\n\r\n".encode()
    item = mail.read("", [], raw)

    assert item["subject"] == "Là aussi"
    assert item["from"] == "René"
