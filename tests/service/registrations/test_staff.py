"""Staff: invited, signing in, staying signed in, choosing passwords, and kept out."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.registrations import credentials, tasks
from services.registrations.app import create_app
from services.registrations.models import AuditEntry, SignInFailure, Staff, StaffSignIn
from services.registrations.operations.staff.sign_in import forget_old
from shared.auth import Verifier
from shared.db import Database
from shared.messaging.parking import park
from shared.settings import Settings
from tests.service.registrations.conftest import Offer, told

URL = "/v1/staff"
PASSWORD = "le vélo bleu du marché"
OTHER = "quatre chaises en osier"

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def invite(client: FlaskClient, bearer: Bearer, offer: Offer) -> Callable[..., Any]:
    """Make an account: ``invite("lea@example.org", role="adviser")``; the answer's JSON."""

    def make(email: str = "lea@example.org", **fields: Any) -> Any:
        given = {"email": email, "name": "Léa Martin", "role": "adviser", **fields}
        answer = client.post(URL, json=given, headers=bearer("manager"))
        assert answer.status_code == 201, answer.json
        return {**answer.json["staff"], "invitation_url": answer.json["invitation_url"]}

    return make


@pytest.fixture
def member(client: FlaskClient, invite: Callable[..., Any]) -> Callable[..., Any]:
    """An account with a password; its JSON."""

    def make(email: str = "lea@example.org", password: str = PASSWORD, **fields: Any) -> Any:
        account = invite(email, **fields)
        answer = client.post(_path(account), json={"password": password})
        assert answer.status_code == 200, answer.json
        return {**account, "refresh_token": answer.json["refresh_token"]}

    return make


def _path(account: Any) -> str:
    path: str = account["invitation_url"].removeprefix("http://arceaux.test")
    return path


def _sign_in(
    client: FlaskClient, password: str = PASSWORD, email: str = "lea@example.org", **at: Any
) -> Any:
    return client.post(f"{URL}/sign-in", json={"email": email, "password": password}, **at)


def _refresh(client: FlaskClient, token: str) -> Any:
    return client.post(f"{URL}/refresh", json={"refresh_token": token})


def _change(database: Database, row: Any, **values: Any) -> None:
    with database.transaction() as session:
        session.execute(update(row).values(**values))


# ── signing in ──────────────────────────────────────────────────────────────────────────────────


def test_an_invited_person_sets_a_password_and_signs_in(
    client: FlaskClient, invite: Callable[..., Any], verifier: Verifier
) -> None:
    account = invite(programmes=["unisvers"], organisation="ccas")
    told = client.get(_path(account)).json
    assert (told["email"], told["name"]) == ("lea@example.org", "Léa Martin")
    assert client.post(_path(account), json={"password": PASSWORD}).status_code == 200
    signed_in = _sign_in(client, email=" LEA@example.org").json
    speaker = verifier.verify(signed_in["access_token"])
    assert (speaker.subject, speaker.role) == (account["subject"], "adviser")
    assert (speaker.organisation, speaker.programmes) == ("ccas", ("unisvers",))
    claims = jwt.decode(signed_in["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == signed_in["expires_in"] <= 900
    assert not {"email", "name"} & set(claims)


def test_an_access_token_opens_the_other_routes(
    client: FlaskClient, member: Callable[..., Any]
) -> None:
    member()
    token = _sign_in(client).json["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/v1/registrations", headers=headers).status_code == 200
    assert client.get(URL, headers=headers).status_code == 403


def test_an_invitation_is_good_once_and_for_72_hours(
    client: FlaskClient, invite: Callable[..., Any], registrations_database: Database
) -> None:
    used = invite()
    assert client.post(_path(used), json={"password": PASSWORD}).status_code == 200
    late = invite("paul@example.org", name="Paul")
    _change(
        registrations_database,
        Staff,
        invitation_expires_at=Staff.invitation_expires_at - timedelta(hours=72),
    )
    for account in (used, late, {"invitation_url": f"{URL}/invitations/nothing"}):
        for answer in (
            client.get(_path(account)),
            client.post(_path(account), json={"password": OTHER}),
        ):
            assert (answer.status_code, answer.json["type"]) == (
                404,
                "urn:arceaux:problem:invitation-over",
            )


def test_a_new_invitation_voids_the_earlier_and_resets_a_forgotten_password(
    client: FlaskClient, member: Callable[..., Any], bearer: Bearer
) -> None:
    account = member()
    url = f"{URL}/{account['id']}/invitation"
    first, second = (client.post(url, headers=bearer("manager")).json for _ in range(2))
    assert client.post(_path(first), json={"password": OTHER}).status_code == 404
    # Until it is used, whoever remembers the password may go on.
    assert _sign_in(client).status_code == 200
    assert client.post(_path(second), json={"password": OTHER}).status_code == 200
    assert _sign_in(client).status_code == 401
    assert _sign_in(client, OTHER).status_code == 200
    assert _refresh(client, account["refresh_token"]).status_code == 401


def test_unknown_wrong_locked_disabled_and_invited_are_answered_alike(
    client: FlaskClient,
    member: Callable[..., Any],
    invite: Callable[..., Any],
    registrations_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked = []
    matches = credentials.matches
    monkeypatch.setattr(
        credentials, "matches", lambda *given: checked.append(given) or matches(*given)
    )
    member()
    invite("new@example.org")
    answers = [
        _sign_in(client, OTHER),
        _sign_in(client, email="nobody@example.org"),
        _sign_in(client, email="new@example.org"),
    ]
    answers += [_sign_in(client, OTHER) for _ in range(4)]
    # It is right, and comes too early.
    answers.append(_sign_in(client))
    _change(registrations_database, SignInFailure, failures=0, locked_until=SignInFailure.last_at)
    _change(registrations_database, Staff, disabled_at=Staff.created_at)
    answers.append(_sign_in(client))
    assert {answer.status_code for answer in answers} == {401}
    bodies = [{**answer.json, "instance": None} for answer in answers]
    assert bodies == [bodies[0]] * len(bodies)
    # The costly part is never left out: that is what takes the time.
    assert len(checked) == len(answers)


def test_after_five_failures_one_waits_and_a_success_forgets_them(
    client: FlaskClient, member: Callable[..., Any], registrations_database: Database
) -> None:
    member()
    for _ in range(4):
        _sign_in(client, OTHER)
    assert _sign_in(client).status_code == 200
    for _ in range(5):
        _sign_in(client, OTHER)
    assert _sign_in(client).status_code == 401
    half_a_minute = timedelta(seconds=31)
    _change(
        registrations_database,
        SignInFailure,
        locked_until=SignInFailure.locked_until - half_a_minute,
    )
    assert _sign_in(client).status_code == 200


def test_guessing_at_many_accounts_from_one_address_is_locked_out_elsewhere_is_not(
    client: FlaskClient, member: Callable[..., Any]
) -> None:
    member()
    for number in range(21):
        _sign_in(client, email=f"guess{number}@example.org")
    assert _sign_in(client).status_code == 401
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert _sign_in(client, environ_base=elsewhere).status_code == 200


def test_one_connection_with_many_ipv6_addresses_counts_as_one(
    client: FlaskClient, member: Callable[..., Any]
) -> None:
    member()

    def at(address: str, **given: Any) -> int:
        status: int = _sign_in(client, environ_base={"REMOTE_ADDR": address}, **given).status_code
        return status

    for number in range(21):
        at(f"2001:db8:0:1::{number:x}", email=f"guess{number}@example.org")
    assert at("2001:db8:0:1::ffff") == 401
    assert at("2001:db8:0:2::1") == 200


def test_a_password_kept_with_old_parameters_is_kept_anew_on_signing_in(
    client: FlaskClient, member: Callable[..., Any], registrations_database: Database
) -> None:
    member()
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    _change(registrations_database, Staff, password_hash=old)
    assert _sign_in(client).status_code == 200
    with registrations_database.transaction() as session:
        kept = session.scalars(select(Staff.password_hash)).one()
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert _sign_in(client).status_code == 200


# ── staying signed in ───────────────────────────────────────────────────────────────────────────


def test_a_refresh_token_is_good_once_and_a_second_use_ends_the_whole_sign_in(
    client: FlaskClient, member: Callable[..., Any]
) -> None:
    member()
    first = _sign_in(client).json["refresh_token"]
    other = _sign_in(client).json["refresh_token"]
    second = _refresh(client, first).json["refresh_token"]
    assert _refresh(client, first).status_code == 401
    assert _refresh(client, second).status_code == 401
    assert _refresh(client, other).status_code == 200


def test_signing_out_ends_it_and_again_changes_nothing(
    client: FlaskClient, member: Callable[..., Any]
) -> None:
    token = member()["refresh_token"]
    for _ in range(2):
        answer = client.post(f"{URL}/sign-out", json={"refresh_token": token})
        assert answer.status_code == 204
    assert _refresh(client, token).status_code == 401


def test_a_sign_in_ends_when_idle_and_in_any_case_after_a_week(
    client: FlaskClient, member: Callable[..., Any], registrations_database: Database
) -> None:
    token = member()["refresh_token"]
    _change(
        registrations_database,
        StaffSignIn,
        ends_at=StaffSignIn.ends_at - timedelta(days=6, hours=23),
    )
    refreshed = _refresh(client, token).json
    with registrations_database.transaction() as session:
        [opened] = session.scalars(select(StaffSignIn)).all()
    assert opened.expires_at == opened.ends_at
    _change(
        registrations_database, StaffSignIn, expires_at=StaffSignIn.expires_at - timedelta(hours=2)
    )
    assert _refresh(client, refreshed["refresh_token"]).status_code == 401


@pytest.mark.parametrize("token", ["x", "0199d4e8-1c21-7d4b-9a52-7b3c4d5e6f70.x", ".", "é.é"])
def test_a_made_up_refresh_token_opens_nothing(client: FlaskClient, token: str) -> None:
    assert _refresh(client, token).status_code == 401


def test_what_is_over_is_swept_away(
    client: FlaskClient, member: Callable[..., Any], registrations_database: Database
) -> None:
    member()
    _sign_in(client, OTHER)
    _change(
        registrations_database, SignInFailure, last_at=SignInFailure.last_at - timedelta(days=2)
    )
    _change(
        registrations_database, StaffSignIn, expires_at=StaffSignIn.expires_at - timedelta(days=8)
    )
    with registrations_database.transaction() as session:
        forget_old(session)
    with registrations_database.transaction() as session:
        assert session.scalars(select(SignInFailure.subject)).all() == []
        assert session.scalars(select(StaffSignIn.id)).all() == []


# ── passwords ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 129,
        "motdepasse1234",
        "123456789012",
        "bonjour lea.martin",
        "la maison martin",
    ],
)
def test_a_poor_password_is_refused_by_its_name_in_both_languages(
    client: FlaskClient, invite: Callable[..., Any], password: str
) -> None:
    path = _path(invite())
    said = {
        language: client.post(
            path, json={"password": password}, headers={"Accept-Language": language}
        )
        for language in ("fr", "en")
    }
    for answer in said.values():
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["password"])
    assert said["fr"].json["errors"] != said["en"].json["errors"]
    assert client.post(path, json={"password": PASSWORD}).status_code == 200


def test_changing_the_password_takes_the_old_one_and_signs_everyone_else_out(
    client: FlaskClient, member: Callable[..., Any]
) -> None:
    member()
    elsewhere, here = (_sign_in(client).json for _ in range(2))
    headers = {"Authorization": f"Bearer {here['access_token']}"}
    change = {"current_password": OTHER, "new_password": OTHER}
    wrong = client.post(f"{URL}/password", json=change, headers=headers)
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["current_password"])
    change["current_password"] = PASSWORD
    poor = client.post(
        f"{URL}/password", json={**change, "new_password": "a" * 12}, headers=headers
    )
    assert list(poor.json["errors"]) == ["new_password"]
    changed = client.post(f"{URL}/password", json=change, headers=headers)
    assert changed.status_code == 200
    assert _refresh(client, elsewhere["refresh_token"]).status_code == 401
    assert _refresh(client, changed.json["refresh_token"]).status_code == 200
    assert _sign_in(client).status_code == 401
    assert _sign_in(client, OTHER).status_code == 200


def test_a_token_of_no_account_has_no_password(client: FlaskClient, bearer: Bearer) -> None:
    change = {"current_password": PASSWORD, "new_password": OTHER}
    answer = client.post(f"{URL}/password", json=change, headers=bearer("manager"))
    assert (answer.status_code, answer.json["type"]) == (403, "urn:arceaux:problem:no-account")


# ── accounts ────────────────────────────────────────────────────────────────────────────────────


def test_managers_list_read_and_change_accounts(
    client: FlaskClient, member: Callable[..., Any], bearer: Bearer, verifier: Verifier
) -> None:
    account = member()
    manager = bearer("manager")
    assert [one["id"] for one in client.get(URL, headers=manager).json["items"]] == [account["id"]]
    by_email = client.get(f"{URL}?email=nobody@example.org", headers=manager)
    assert by_email.json["items"] == []
    url = f"{URL}/{account['id']}"
    changes = {"role": "facilitator", "organisation": "ccas", "programmes": ["unisvers"]}
    assert client.patch(url, json=changes, headers=manager).status_code == 200
    shown = client.get(url, headers=manager).json
    assert {name: shown[name] for name in changes} == changes
    assert "password_hash" not in shown
    refreshed = _refresh(client, account["refresh_token"]).json
    assert verifier.verify(refreshed["access_token"]).role == "facilitator"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"role": "facilitator"}, "organisation"),
        ({"organisation": "nowhere"}, "organisation"),
        ({"programmes": ["unisvers", "nothing"]}, "programmes.1"),
        ({"role": "service"}, "role"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused_naming_the_field(
    client: FlaskClient, bearer: Bearer, offer: Offer, fields: dict[str, Any], wrong: str
) -> None:
    given = {"email": "x@example.org", "role": "adviser", **fields}
    answer = client.post(URL, json=given, headers=bearer("manager"))
    assert (answer.status_code, list(answer.json["errors"])) == (422, [wrong])


def test_one_address_has_one_account(
    client: FlaskClient, invite: Callable[..., Any], bearer: Bearer
) -> None:
    invite()
    again = {"email": "Lea@example.org", "role": "manager"}
    answer = client.post(URL, json=again, headers=bearer("manager"))
    assert (answer.status_code, answer.json["type"]) == (409, "urn:arceaux:problem:account-exists")


def test_who_is_disabled_is_out_at_once_and_can_be_let_in_again(
    client: FlaskClient, member: Callable[..., Any], bearer: Bearer
) -> None:
    account = member()
    url = f"{URL}/{account['id']}"
    assert client.patch(url, json={"disabled": True}, headers=bearer("manager")).json["disabled"]
    assert _refresh(client, account["refresh_token"]).status_code == 401
    assert _sign_in(client).status_code == 401
    again = client.post(f"{url}/invitation", headers=bearer("manager"))
    assert (again.status_code, again.json["type"]) == (409, "urn:arceaux:problem:account-disabled")
    client.patch(url, json={"disabled": False}, headers=bearer("manager"))
    assert _sign_in(client).status_code == 200


def test_the_last_manager_stays(
    client: FlaskClient, member: Callable[..., Any], invite: Callable[..., Any], bearer: Bearer
) -> None:
    first = member("first@example.org", role="manager", name="Première")
    # Who has only been invited cannot manage anything yet.
    invite("third@example.org", role="manager")
    for changes in ({"disabled": True}, {"role": "adviser"}):
        answer = client.patch(f"{URL}/{first['id']}", json=changes, headers=bearer("manager"))
        assert (answer.status_code, answer.json["type"]) == (
            409,
            "urn:arceaux:problem:last-manager",
        )
    member("second@example.org", role="manager", name="Seconde")
    answer = client.patch(
        f"{URL}/{first['id']}", json={"role": "adviser"}, headers=bearer("manager")
    )
    assert answer.json["role"] == "adviser"


def test_an_operators_command_invites_the_first_manager(
    client: FlaskClient,
    database_urls: dict[str, str],
    registrations_database: Database,
) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "services.registrations.staff", *arguments]
        environment = {
            "ARCEAUX_DATABASE_URL": database_urls["registrations"],
            "ARCEAUX_BROKER_URL": "redis://127.0.0.1:9/0",
            "ARCEAUX_PUBLIC_URL": "http://arceaux.test",
        }
        root = Path(__file__).parents[3]
        return subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False
        )

    first, second = (run("invite", "Chef@example.org", "--role", "manager") for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    lost, good = ({"invitation_url": one.stdout.strip()} for one in (first, second))
    assert client.post(_path(lost), json={"password": PASSWORD}).status_code == 404
    signed_in = client.post(_path(good), json={"password": PASSWORD})
    assert signed_in.json["staff"]["role"] == "manager"
    refused = run("invite", "x@example.org", "--role", "facilitator", "--organisation", "Nowhere!")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("organisation: ")
    with registrations_database.transaction() as session:
        [entry, _] = session.scalars(select(AuditEntry)).all()
    assert (entry.verb, entry.resource, entry.role) == ("invite", "staff", "operator")


# ── what is written down ────────────────────────────────────────────────────────────────────────


def test_no_password_token_or_address_of_staff_is_ever_logged(
    settings_of: Callable[..., Settings],
    registrations_database: Database,
    offer: Offer,
    bearer: Bearer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = create_app(settings_of("registrations", log_level="DEBUG")).test_client()
    given = {"email": "secrete@example.org", "name": "Planquée", "role": "adviser"}
    invited = client.post(URL, json=given, headers=bearer("manager")).json
    path = _path(invited)
    client.post(path, json={"password": "motdepasse123"})
    first = client.post(path, json={"password": PASSWORD}).json
    _sign_in(client, OTHER, "secrete@example.org")
    signed_in = _sign_in(client, PASSWORD, "secrete@example.org").json
    refreshed = _refresh(client, signed_in["refresh_token"]).json
    _refresh(client, signed_in["refresh_token"])
    headers = {"Authorization": f"Bearer {refreshed['access_token']}"}
    change = {"current_password": PASSWORD, "new_password": OTHER}
    client.post(f"{URL}/password", json=change, headers=headers)
    client.post(f"{URL}/sign-in", data=f'{{"password": "{OTHER}"', content_type="application/json")
    logged = capsys.readouterr().out
    assert "/v1/staff/sign-in" in logged
    planted = [PASSWORD, OTHER, "motdepasse123", "secrete@example.org", "Planquée"]
    planted += [path.rpartition("/")[2]]
    for tokens in (first, signed_in, refreshed):
        planted += [tokens["access_token"], tokens["refresh_token"].partition(".")[2]]
    assert [secret for secret in planted if secret in logged] == []


# ── what notifications is told ──────────────────────────────────────────────────────────────────


def test_accounts_made_changed_and_disabled_are_told_of(
    client: FlaskClient,
    invite: Callable[..., Any],
    bearer: Bearer,
    registrations_database: Database,
) -> None:
    account = invite(language="en", programmes=[])
    for change in ({"role": "facilitator", "organisation": "repair-cafe"}, {"disabled": True}):
        client.patch(f"{URL}/{account['id']}", json=change, headers=bearer("manager"))
    facts = [row.data for row in told(registrations_database, "staff.changed")]

    common = {
        "staff_id": account["id"],
        "name": "Léa Martin",
        "email": "lea@example.org",
        "language": "en",
        "programmes": [],
    }
    assert facts == [
        {**common, "role": "adviser", "organisation": None, "active": True},
        {**common, "role": "facilitator", "organisation": "repair-cafe", "active": True},
        {**common, "role": "facilitator", "organisation": "repair-cafe", "active": False},
    ]


def test_events_that_were_set_aside_are_told_once_an_hour(
    registrations_database: Database,
) -> None:
    for position in (1, 2):
        with registrations_database.transaction() as session:
            park(session, "reporting", {"position": position, "type": "x"}, "wrong")
        tasks.tell_staff()

    facts = told(registrations_database, "registrations.events_parked")
    assert [row.data for row in facts] == [{"service": "registrations", "count": 1}]
