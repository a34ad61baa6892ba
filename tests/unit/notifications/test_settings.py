"""The settings of notifications, read from the environment."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from services.notifications.settings import (
    SmsSettings,
    SmtpServer,
    author,
    mail_settings,
    sender_address,
    sms_settings,
    smtp_server,
    sweep_every,
)
from shared.settings import SettingsError


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable set, nothing read before."""
    read = ("SMTP_URL", "MAIL_FROM", "SEND_LEASE", "SEND_ATTEMPTS", "SWEEP_EVERY")
    for name in (*read, "MAIL_REPLY_TO", "HOUSE_PHONE"):
        monkeypatch.delenv(f"ARCEAUX_{name}", raising=False)
    for settings in (mail_settings, author):
        settings.cache_clear()
    yield
    for settings in (mail_settings, author):
        settings.cache_clear()


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


def test_a_sign_in_that_could_not_be_sent_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="ASCII") as raised:
        smtp_server("smtps://me:p%C3%A9@mail")
    assert "é" not in str(raised.value)


def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCEAUX_SMTP_URL", "smtp://mail")
    settings = mail_settings()
    assert (settings.lease, settings.timeout, settings.attempts) == (60, 10, 6)
    assert str(settings.sender) == "Tiers-lieu des Arceaux <ne-pas-repondre@arceaux.example>"
    assert (settings.reply_to, settings.phone) == (None, None)
    assert sweep_every() == 5


def test_where_answers_are_read_and_whom_to_call_is_known_to_all_who_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARCEAUX_SMTP_URL", "smtp://mail")
    monkeypatch.setenv("ARCEAUX_MAIL_REPLY_TO", "Accueil <accueil@arceaux.example>")
    monkeypatch.setenv("ARCEAUX_HOUSE_PHONE", "04 67 00 00 00")
    for by in (mail_settings(), author()):
        assert str(by.reply_to) == "Accueil <accueil@arceaux.example>"
        assert by.phone == "+33467000000"


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAIL_REPLY_TO", "nobody"), ("MAIL_REPLY_TO", "é@a.example"), ("HOUSE_PHONE", "12")],
)
def test_where_nobody_could_answer_or_call_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("ARCEAUX_SMTP_URL", "smtp://mail")
    monkeypatch.setenv(f"ARCEAUX_{name}", value)
    for read in (mail_settings, author):
        with pytest.raises(SettingsError, match=name):
            read()


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


# ── SMS ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., SmsSettings]]:
    """The SMS settings under these variables."""

    def read(**variables: str) -> SmsSettings:
        for name, value in variables.items():
            monkeypatch.setenv(f"ARCEAUX_{name}", value)
        sms_settings.cache_clear()
        return sms_settings()

    yield read
    sms_settings.cache_clear()


def test_nobody_carries_sms_unless_said(sms: Callable[..., SmsSettings]) -> None:
    assert not sms().offered
    assert sms().price == Decimal("5.5")


def test_providers_keep_their_order(sms: Callable[..., SmsSettings]) -> None:
    read = sms(
        SMS_PROVIDERS="gateway,brevo",
        SMS_GATEWAY_URL="https://sms.example/send",
        SMS_GATEWAY_SECRET="s",
        SMS_GATEWAY_FIELDS="to=destination,id=message_id",
        BREVO_API_KEY="k",
    )
    assert read.providers == ("gateway", "brevo")
    assert read.gateway.fields == {"to": "destination", "id": "message_id"}


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SMS_PROVIDERS": "pigeon"}, "SMS_PROVIDERS"),
        ({"SMS_PROVIDERS": "brevo,brevo"}, "SMS_PROVIDERS"),
        ({"SMS_PROVIDERS": "brevo"}, "ARCEAUX_BREVO_API_KEY"),
        ({"SMS_PROVIDERS": "ovh"}, "ARCEAUX_OVH_CONSUMER_KEY"),
        ({"SMS_PROVIDERS": "gateway"}, "ARCEAUX_SMS_GATEWAY_SECRET"),
        ({"SMS_SENDER": "Arcéaux"}, "SMS_SENDER"),
        ({"SMS_SENDER": "a name that is too long"}, "SMS_SENDER"),
        ({"SMS_BUDGET": "-1"}, "SMS_BUDGET"),
        ({"SMS_PRICE": "NaN"}, "SMS_PRICE"),
        ({"SMS_DAILY_CAP": "many"}, "SMS_DAILY_CAP"),
        ({"SMS_GATEWAY_FIELDS": "colour=red"}, "SMS_GATEWAY_FIELDS"),
    ],
)
def test_what_is_wrong_about_sms_is_named(
    variables: dict[str, str], named: str, sms: Callable[..., SmsSettings]
) -> None:
    with pytest.raises(SettingsError, match=named):
        sms(**variables)
