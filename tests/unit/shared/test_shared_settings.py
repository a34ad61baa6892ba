"""Settings are read once, and whoever gets them wrong is told everything at once."""

from pathlib import Path

import pytest

from shared.settings import SERVICES, SettingsError, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("ARCEAUX_"):
            monkeypatch.delenv(name)


def _set(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    given = {"DATABASE_URL": "postgresql://x/y", "BROKER_URL": "redis://x/0", **values}
    for name, value in given.items():
        monkeypatch.setenv(f"ARCEAUX_{name}", value)


def test_two_addresses_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch)
    settings = load_settings("reporting")
    assert settings.service == "reporting"
    assert settings.database_url == "postgresql://x/y"
    assert set(settings.urls) == set(SERVICES)
    assert settings.public_url == settings.urls["registrations"] == "http://127.0.0.1:8001"
    assert settings.public_rate == "60/minute"
    assert settings.signing_key_file is None


def test_what_is_set_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(
        monkeypatch,
        REPORTING_URL="https://reporting.example.org",
        PUBLIC_RATE="off",
        SIGNING_KEY_FILE="/keys/a.pem",
        TRUSTED_PROXIES="2",
        CATCH_UP_EVERY="0.5",
    )
    settings = load_settings("registrations")
    assert settings.urls["reporting"] == "https://reporting.example.org"
    assert (settings.public_rate, settings.trusted_proxies) == ("off", 2)
    assert settings.signing_key_file == Path("/keys/a.pem")
    assert settings.catch_up_every == 0.5


def test_variables_without_the_projects_name_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch)
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody/else")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    settings = load_settings("registrations")
    assert (settings.database_url, settings.log_level) == ("postgresql://x/y", "INFO")


def test_every_mistake_is_reported_at_once_and_ends_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARCEAUX_RELAY_BATCH", "many")
    monkeypatch.setenv("ARCEAUX_CATCH_UP_EVERY", "often")
    with pytest.raises(SettingsError) as told:
        load_settings("registrations")
    for name in ("DATABASE_URL", "BROKER_URL", "RELAY_BATCH", "CATCH_UP_EVERY"):
        assert f"ARCEAUX_{name}" in str(told.value)
    # A string as its code makes the interpreter print it and end with status 1.
    assert isinstance(told.value, SystemExit)
    assert isinstance(told.value.code, str)


def test_what_is_secret_can_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "database-url"
    secret.write_text("postgresql://in/file\n")
    _set(monkeypatch, DATABASE_URL_FILE=str(secret))
    monkeypatch.delenv("ARCEAUX_DATABASE_URL")
    assert load_settings("reporting").database_url == "postgresql://in/file"


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, BROKER_URL_FILE="/nowhere")
    with pytest.raises(SettingsError, match="ARCEAUX_BROKER_URL_FILE"):
        load_settings("reporting")


def test_origins_of_other_pages_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, CORS_ORIGINS="https://a.example,http://localhost:3000")
    origins = load_settings("registrations").cors_origins
    assert origins == ("https://a.example", "http://localhost:3000")


@pytest.mark.parametrize(
    "wrong", ["a.example", "https://a.example/", "https://a.example/x", "https://*.b"]
)
def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    _set(monkeypatch, CORS_ORIGINS=wrong)
    with pytest.raises(SettingsError, match="CORS_ORIGINS"):
        load_settings("registrations")
