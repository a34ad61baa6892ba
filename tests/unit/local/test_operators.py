"""The operators' commands against a stand-in for the services: what they ask, say and exit with."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from local import commands
from local.errors import Failure
from local.folder import DataFolder
from local.platform import Platform


class Service(BaseHTTPRequestHandler):
    """Answers from a table of (method, path) → (status, JSON); notes what it was asked."""

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        asked = {
            "path": parts.path,
            "query": {name: values[0] for name, values in parse_qs(parts.query).items()},
            "type": self.headers.get("Content-Type"),
            "authorization": self.headers.get("Authorization", ""),
            "body": self.rfile.read(length),
        }
        self.server.asked.append(asked)
        status, value = self.server.table[self.command, parts.path]
        body = json.dumps(value(asked) if callable(value) else value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    made.asked, made.table = [], {}
    thread = threading.Thread(target=made.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def run(server, tmp_path, monkeypatch):
    folder = DataFolder(tmp_path / "data")
    folder.create()
    address = f"http://127.0.0.1:{server.server_port}"
    services = ("registrations", "reporting")
    running = Platform(folder, dict.fromkeys(services, address), services)
    monkeypatch.setattr(Platform, "at", lambda _: running)
    return lambda *arguments: CliRunner().invoke(commands.cli, arguments)


def imported(**more):
    return {"dry_run": False, "created": {}, "updated": {}, "unchanged": {}, "errors": [], **more}


def test_import_sends_the_file_as_a_manager_and_counts(run, server, tmp_path):
    file = tmp_path / "programme.csv"
    file.write_bytes(b"title\nCuisine\n")
    server.table["POST", "/v1/imports"] = (
        200,
        imported(created={"sessions": 3, "activities": 2}, unchanged={"rooms": 1, "places": 0}),
    )

    result = run("import", str(file))

    assert result.exit_code == 0
    assert result.stdout == "2 activities created, 3 sessions created, 1 room unchanged, 0 errors\n"
    (asked,) = server.asked
    assert asked["query"] == {"dry_run": "false"}
    assert asked["type"] == "application/octet-stream"
    assert asked["body"] == b"title\nCuisine\n"
    assert asked["authorization"].startswith("Bearer ey")


def test_import_shows_errors_by_line_up_to_fifty(run, server, tmp_path):
    file = tmp_path / "programme.csv"
    file.touch()
    errors = [
        {"line": line, "field": "title" if line == 1 else None, "message": "missing"}
        for line in range(1, 61)
    ]
    server.table["POST", "/v1/imports"] = (
        200,
        imported(dry_run=True, created={"activities": 1}, errors=errors),
    )

    result = run("import", str(file), "--dry-run")

    assert result.exit_code == 0
    assert "programme.csv:1: title: missing" in result.stderr
    assert "programme.csv:50: missing" in result.stderr
    assert "programme.csv:51" not in result.stderr
    assert "… and 10 more" in result.stderr
    assert result.stdout == "Would be: 1 activity created, 60 errors\n"
    assert server.asked[0]["query"] == {"dry_run": "true"}


def test_import_counts_one_as_one(run, server, tmp_path):
    file = tmp_path / "programme.csv"
    file.touch()
    findings = [
        {"line": 1, "field": None, "message": "missing"},
        {"line": 2, "field": None, "message": "odd", "severity": "warning"},
    ]
    created = {"activities": 1, "head_counts": 1, "sessions": 1}
    server.table["POST", "/v1/imports"] = (200, imported(created=created, errors=findings))

    result = run("import", str(file))

    assert result.stdout == (
        "1 activity created, 1 head count created, 1 session created, 1 error, 1 warning\n"
    )


def test_import_names_the_sheet_and_what_its_source_no_longer_names(run, server, tmp_path):
    file = tmp_path / "programme.xlsx"
    file.touch()
    error = {"line": 4, "sheet": "Été", "field": "date", "message": "missing"}
    server.table["POST", "/v1/imports"] = (
        200,
        imported(created={"activities": 1}, errors=[error], missing=[{"title": "Tricot"}] * 52),
    )

    result = run("import", str(file), "--source", "la mairie")

    assert "programme.xlsx:Été:4: date: missing" in result.stderr
    assert result.stderr.count("not there any more, and left as it is: Tricot") == 50
    assert "… and 2 more" in result.stderr
    assert server.asked[0]["query"] == {"dry_run": "false", "source": "la mairie"}


def test_import_says_what_the_file_leaves_out(run, server, tmp_path):
    file = tmp_path / "programme.csv"
    file.write_bytes(b"title\nCuisine\n")
    server.table["POST", "/v1/imports"] = (200, imported(created={"sessions": 1}))
    given = {"place": "arceaux", "organisation": "ccas", "programme": "ateliers", "capacity": "9"}
    options = [part for name, value in given.items() for part in (f"--{name}", value)]
    result = run("import", str(file), *options, "--dry-run")
    assert result.exit_code == 0, result.output
    assert server.asked[0]["query"] == {**given, "dry_run": "true"}


def test_import_of_attendance_says_what_columns_mean(run, server, tmp_path):
    file = tmp_path / "2024.csv"
    file.write_bytes(b"Quoi;Adultes\n")
    server.table["POST", "/v1/attendance-imports"] = (200, imported(created={"head_counts": 3}))

    result = run(
        *("import-attendance", str(file), "--place", "arceaux"),
        *("--column", "attended:Adultes"),
    )

    assert result.stdout == "3 head counts created, 0 errors\n"
    asked = server.asked[0]
    assert asked["query"] == {
        "dry_run": "false",
        "place": "arceaux",
        "columns": "attended:Adultes",
    }
    assert asked["body"] == b"Quoi;Adultes\n"


def test_import_of_nothing_is_a_failure(run, server, tmp_path):
    file = tmp_path / "programme.csv"
    file.touch()
    server.table["POST", "/v1/imports"] = (200, imported())

    assert "nothing of" in failure(run("import", str(file)))
    assert "cannot be read" in failure(run("import", str(tmp_path / "none.csv")))


def test_a_problem_document_is_one_line(run, server, tmp_path):
    file = tmp_path / "programme.csv"
    file.touch()
    problem = {"title": "Bad", "detail": "The file is not UTF-8.", "errors": {"file": ["odd"]}}
    server.table["POST", "/v1/imports"] = (422, problem)

    said = failure(run("import", str(file)))

    assert said == "registrations: The file is not UTF-8.; file: odd (422)"


def feed(positions, unrelayed=0):
    def answer(asked):
        after, limit = int(asked["query"]["after"]), int(asked["query"]["limit"])
        found = [position for position in positions if position > after]
        return {
            "items": [
                {
                    "position": position,
                    "time": "2026-01-01T10:00:00Z",
                    "type": "session.published" if position % 2 else "session.closed",
                    "subject": f"s{position}",
                }
                for position in found[:limit]
            ],
            "next": str(found[limit - 1]) if len(found) > limit else None,
            "unrelayed": unrelayed,
        }

    return 200, answer


def test_events_are_listed_to_the_end(run, server):
    server.table["GET", "/v1/events"] = feed(range(1, 2501), unrelayed=4)

    result = run("events", "list", "--service", "registrations")

    assert result.exit_code == 0
    assert "registrations         1  2026-01-01T10:00:00Z  session.published" in result.stdout
    assert (
        "registrations: 2500 events, positions 1 to 2500, no gap, 4 not yet relayed"
        in result.stdout.splitlines()[-1]
    )
    assert len(server.asked) == 3


def test_a_gap_is_named_and_fails(run, server):
    server.table["GET", "/v1/events"] = feed([1, 2, 4, 5, 9])

    result = run("events", "list", "--service", "registrations")

    assert result.exit_code == 1
    assert "5 events, positions 1 to 9, missing: 3, 6 to 8" in result.stdout


def test_events_can_be_chosen(run, server):
    server.table["GET", "/v1/events"] = feed(range(1, 11))

    arguments = ("--after", "4", "--type", "session.closed", "--limit", "2")
    result = run("events", "list", "--service", "registrations", *arguments)

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert [line.split()[1] for line in lines[:-1]] == ["6", "8"]


def test_the_events_behind_one_row_are_found_by_what_it_is_about(run, server):
    server.table["GET", "/v1/events"] = feed(range(1, 1500))

    result = run("events", "list", "--service", "registrations", "--subject", "s1203")

    found, _ = result.stdout.splitlines()
    assert found.split()[1] == "1203"


def test_every_service_that_runs_is_asked(run, server):
    server.table["GET", "/v1/events"] = feed([])

    result = run("events", "list")

    assert result.stdout.splitlines() == ["registrations: no events", "reporting: no events"]


def test_parked_events_are_shown(run, server):
    item = {
        "id": "p1",
        "source": "registrations",
        "position": 7,
        "type": "registration.confirmed",
        "subject": "s",
        "error": "no such session",
        "parked_at": "2026-01-01T10:00:00Z",
    }
    server.table["GET", "/v1/parked"] = (200, {"items": [item], "next": None})

    result = run("events", "parked", "--service", "reporting")

    assert "reporting  p1  registrations 7  registration.confirmed" in result.stdout
    assert "reporting: 1 parked" in result.stdout


def test_parked_events_are_replayed(run, server):
    server.table["POST", "/v1/parked/replay"] = (200, {"replayed": 2, "still_parked": 0})
    assert run("events", "replay", "--service", "reporting", "p1", "p2").exit_code == 0
    assert json.loads(server.asked[-1]["body"]) == {"ids": ["p1", "p2"]}

    server.table["POST", "/v1/parked/replay"] = (200, {"replayed": 0, "still_parked": 1})
    result = run("events", "replay", "--service", "reporting")
    assert result.exit_code == 1
    assert json.loads(server.asked[-1]["body"]) == {}


def test_a_rebuild_is_followed_to_its_end(run, server):
    states = iter(
        [
            {"status": "running", "events": 10, "seconds": 0.1},
            {"status": "done", "events": 20, "seconds": 1.25},
        ]
    )
    server.table["POST", "/v1/rebuild"] = (202, {"id": "r1"})
    server.table["GET", "/v1/rebuild/r1"] = (200, lambda _: next(states))

    result = run("rebuild", "reporting")

    assert result.exit_code == 0
    assert result.stdout == "Rebuilt from 20 events in 1.2 s\n"


def test_what_cannot_be_asked_or_understood_is_one_line(run, server):
    server.table["GET", "/v1/parked"] = (200, {})
    assert "not understood" in failure(run("events", "parked", "--service", "reporting"))
    assert "does not run here" in failure(run("events", "parked", "--service", "notifications"))
    server.server_close()
    assert "does not answer" in failure(run("events", "parked", "--service", "reporting"))


def failure(result):
    assert isinstance(result.exception, Failure), result.output
    return result.exception.message


def test_an_invitation_makes_an_account_and_prints_its_link(run, server):
    server.table["GET", "/v1/staff"] = 200, {"items": [], "next": None}
    server.table["POST", "/v1/staff"] = 201, {"invitation_url": "http://arceaux.test/one"}

    result = run("staff", "invite", "a@example.org", "--role", "adviser", "--programme", "budget")

    assert (result.exit_code, result.output) == (0, "http://arceaux.test/one\n")
    assert json.loads(server.asked[1]["body"]) == {
        "email": "a@example.org",
        "name": None,
        "role": "adviser",
        "organisation": None,
        "programmes": ["budget"],
    }


def test_an_invitation_to_an_account_that_is_there_is_a_new_link_to_it(run, server):
    server.table["GET", "/v1/staff"] = 200, {"items": [{"id": "7"}], "next": None}
    server.table["POST", "/v1/staff/7/invitation"] = 200, {"invitation_url": "http://x.test/two"}

    result = run("staff", "invite", "a@example.org", "--role", "manager")

    assert (result.exit_code, result.output) == (0, "http://x.test/two\n")
    assert server.asked[0]["query"] == {"email": "a@example.org"}
