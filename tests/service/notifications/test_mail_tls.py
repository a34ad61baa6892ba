"""Mail over TLS, and with a sign-in, to a real server with a certificate of its own."""

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notifications.settings import SmtpServer, Tls
from tests.servers import free_port
from tests.service.notifications.conftest import MailServer, Post, Registrations

# What the server warns of is what it is to be told here.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")

USER, PASSWORD = "arceaux", "s3cret"
Serve = Callable[..., Any]


class TlsMailServer(MailServer):
    """A server that notes who signed in."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.signed_in: list[str] = []

    def authenticate(
        self, server: SMTP, session: Any, envelope: Any, mechanism: str, login: Any
    ) -> AuthResult:
        assert isinstance(login, LoginPassword)
        self.signed_in.append(login.login.decode())
        known = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=False)


@contextmanager
def serving(kind: Tls, certificate: Path, **options: Any) -> Iterator[TlsMailServer]:
    server = TlsMailServer(free_port())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    over: dict[str, Any] = {"tls_context": context} if kind == "starttls" else {}
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        server_hostname="mail.example",
        ssl_context=context if kind == "implicit" else None,
        authenticator=server.authenticate,
        # The server does not count a connection that was encrypted from the start as such.
        auth_require_tls=kind == "starttls",
        **over,
        **options,
    )
    controller.start()
    server.connections = 0
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return made_certificate(tmp_path, "127.0.0.1")


def made_certificate(folder: Path, address: str) -> Path:
    """A key, and a certificate for ``address`` that it signed itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{address}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The certificate, which this process believes."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


def posted(
    post: Post, registrations: Registrations, port: int, tls: Tls, user: str | None = None
) -> Post:
    """Two messages, as far as they get."""
    server = SmtpServer("127.0.0.1", port, tls, user, PASSWORD)
    post = replace(post, settings=replace(post.settings, server=server))
    session = registrations.session()
    for _ in range(2):
        registrations.register(session, registrations.person())
    post.send()
    return post


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("user", [None, USER])
def test_messages_go_over_one_encrypted_connection_signed_in_if_asked(
    registrations: Registrations, post: Post, trusted: Path, tls: Tls, user: str | None
) -> None:
    options = {"auth_required": user is not None, "require_starttls": tls == "starttls"}
    with serving(tls, trusted, **options) as server:
        told = posted(post, registrations, server.port, tls, user)
    assert [one.status for one in told.all()] == ["sent", "sent"]
    assert len(server.received) == 2
    assert server.signed_in == ([USER] if user else [])


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_nothing_is_said_to_a_server_that_nobody_vouches_for(
    registrations: Registrations, post: Post, certificate: Path, tls: Tls
) -> None:
    with serving(tls, certificate) as server:
        told = posted(post, registrations, server.port, tls, USER)
    first, second = told.all()
    assert (first.status, first.tries[0].outcome) == ("queued", "deferred")
    assert first.tries[0].answer == "SSLCertVerificationError"
    assert (second.attempts, server.received, server.signed_in) == (0, [], [])


def test_nothing_is_said_to_a_server_of_another_name(
    registrations: Registrations, post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = made_certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with serving("implicit", other) as server:
        told = posted(post, registrations, server.port, "implicit", USER)
    assert told.all()[0].tries[0].answer == "SSLCertVerificationError"
    assert (server.received, server.signed_in) == ([], [])


def test_where_encryption_was_taken_out_on_the_way_nothing_is_said(
    registrations: Registrations, post: Post, trusted: Path
) -> None:
    with serving("none", trusted) as server:
        told = posted(post, registrations, server.port, "starttls", USER)
    assert told.all()[0].tries[0].answer == "SMTPNotSupportedError"
    assert (server.received, server.signed_in) == ([], [])


def test_a_sign_in_that_is_refused_fails_no_message(
    registrations: Registrations, post: Post, trusted: Path
) -> None:
    with serving("implicit", trusted, auth_required=True) as server:
        told = posted(post, registrations, server.port, "implicit", "somebody-else")
    first, second = told.all()
    assert (first.status, first.tries[0].outcome, first.tries[0].code) == (
        "queued",
        "deferred",
        535,
    )
    assert (second.attempts, server.received) == (0, [])


def test_a_server_that_wants_a_sign_in_we_do_not_have_fails_no_message(
    registrations: Registrations, post: Post, trusted: Path
) -> None:
    with serving("implicit", trusted, auth_required=True) as server:
        told = posted(post, registrations, server.port, "implicit")
    first = told.all()[0]
    assert (first.status, first.tries[0].code) == ("queued", 530)
