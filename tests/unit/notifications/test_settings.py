"""The settings of notifications, read from the environment."""

from collections.abc import Iterator

import pytest

from services.notifications.settings import (
    SmtpServer,
    mail_settings,
    sender_address,
    smtp_server,
    sweep_every,
)
from shared.settings import SettingsError


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable set, nothing read before."""
    for name in ("SMTP_URL", "MAIL_FROM", "SEND_LEASE", "SEND_ATTEMPTS", "SWEEP_EVERY"):
        monkeypatch.delenv(f"ARCEAUX_{name}", raising=False)
    mail_settings.cache_clear()
    yield
    mail_settings.cache_clear()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail:2525", SmtpServer("mail", 2525, "none", None, "")),
        ("smtp://mail", SmtpServer("mail", 25, "none", None, "")),
        ("smtps://mail/", SmtpServer("mail", 465, "implicit", None, "")),
        (
            "smtp+starttls://me%40here:p%3Aw@mail",
            SmtpServer("mail", 587, "starttls", "me@here", "p:w"),
        ),
    ],
)
def test_the_address_of_the_mail_server_is_read(url: str, server: SmtpServer) -> None:
    assert smtp_server(url) == server


def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCEAUX_SMTP_URL", "smtp://mail")
    settings = mail_settings()
    assert (settings.lease, settings.timeout, settings.attempts) == (60, 10, 6)
    assert str(settings.sender) == "Tiers-lieu des Arceaux <ne-pas-repondre@arceaux.example>"
    assert sweep_every() == 5


def test_all_mistakes_are_named_at_once_and_no_password_is_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARCEAUX_SMTP_URL", "mail://me:secret@mail")
    monkeypatch.setenv("ARCEAUX_MAIL_FROM", "nobody")
    monkeypatch.setenv("ARCEAUX_SEND_LEASE", "soon")
    with pytest.raises(SettingsError) as raised:
        mail_settings()
    said = str(raised.value)
    assert all(name in said for name in ("SMTP_URL", "MAIL_FROM", "SEND_LEASE"))
    assert "secret" not in said


@pytest.mark.parametrize("text", ["", "Name", "a@", "@b.example", "x <a@-b>"])
def test_a_sender_without_an_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="form"):
        sender_address(text)
