"""The issuer with which staff may sign in, as the environment names it."""

from pathlib import Path

import pytest

from services.registrations.settings import GrantedRole, OidcSettings, load_oidc_settings
from shared.settings import SettingsError


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    secret = tmp_path / "secret"
    secret.write_text("between us\n")
    monkeypatch.setenv("ARCEAUX_OIDC_ISSUER", "https://id.example.org/")
    monkeypatch.setenv("ARCEAUX_OIDC_CLIENT_ID", "arceaux")
    monkeypatch.setenv("ARCEAUX_OIDC_CLIENT_SECRET_FILE", str(secret))
    monkeypatch.setenv("ARCEAUX_OIDC_ROLES", "groups=urn:x:advisers:adviser, job=chef:manager")
    return monkeypatch


def test_they_are_read_and_the_secret_is_never_shown(environment: pytest.MonkeyPatch) -> None:
    roles = [
        GrantedRole("groups", "urn:x:advisers", "adviser"),
        GrantedRole("job", "chef", "manager"),
    ]
    found = load_oidc_settings()
    assert found == OidcSettings("https://id.example.org", "arceaux", "between us", roles)
    assert "between us" not in repr(found)


def test_without_an_issuer_there_are_none(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("ARCEAUX_OIDC_ISSUER")
    assert load_oidc_settings() is None


@pytest.mark.parametrize("roles", ["adviser", "groups:adviser", "=x:adviser", "groups=x:mayor"])
def test_a_role_that_makes_no_sense_is_named(environment: pytest.MonkeyPatch, roles: str) -> None:
    environment.setenv("ARCEAUX_OIDC_ROLES", roles)
    with pytest.raises(SettingsError, match="OIDC_ROLES"):
        load_oidc_settings()


@pytest.mark.parametrize("name", ["CLIENT_ID", "CLIENT_SECRET", "ROLES"])
def test_what_is_missing_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(f"ARCEAUX_OIDC_{name}", raising=False)
    environment.delenv(f"ARCEAUX_OIDC_{name}_FILE", raising=False)
    with pytest.raises(SettingsError, match=f"OIDC_{name}"):
        load_oidc_settings()


def test_a_secret_that_cannot_be_read_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ARCEAUX_OIDC_CLIENT_SECRET_FILE", "/nowhere/secret")
    with pytest.raises(SettingsError, match="OIDC_CLIENT_SECRET_FILE"):
        load_oidc_settings()
