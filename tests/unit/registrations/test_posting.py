"""Posting to an address that others gave."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.registrations import posting
from services.registrations.posting import post
from services.registrations.webhooks import Answer
from tests.receiver import Receiver, receiver
from tests.servers import free_port


@pytest.fixture
def site() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for ``localhost`` with its key, signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    return file


def test_it_arrives_as_it_was_signed(site: Receiver) -> None:
    answer = post(site.url, '{"title":"é"}', {"webhook-id": "one"}, private=True)
    assert answer == Answer(204)
    (posted,) = site.received
    assert posted.path == "/hook?for=us"
    assert posted.body == '{"title":"é"}'
    headers = {name.lower(): value for name, value in posted.headers.items()}
    assert headers["webhook-id"] == "one"
    assert headers["content-type"] == "application/json"
    assert headers["host"] == site.url.split("/")[2]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(site: Receiver, status: int) -> None:
    site.status, site.headers = status, {"Location": site.url}
    assert post(site.url, "{}", {}, private=True) == Answer(status)
    assert len(site.received) == 1


@pytest.mark.parametrize(
    ("said", "understood"),
    [("120", 120), ("0", 0), ("-1", None), ("soon", None), ("9" * 40, None), ("١٢", None)],
)
def test_a_wish_to_be_left_alone_is_heard(
    site: Receiver, said: str, understood: int | None
) -> None:
    site.status, site.headers = 503, {"Retry-After": said.encode().decode("latin-1")}
    assert post(site.url, "{}", {}, private=True) == Answer(503, retry_after=understood)


def test_nobody_there_is_no_answer() -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    assert post(url, "{}", {}, private=True) == Answer(problem="no-connection")


def test_one_who_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "_TIMEOUT", posting._TIMEOUT.__class__(connect=1, read=0.1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert post(url, "{}", {}, private=True) == Answer(problem="timeout")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "172.17.0.1", "0.0.0.0"),
        *("[::1]", "[::ffff:127.0.0.1]", "[fe80::1]", "[fd00::1]", "localhost", "100.64.0.1"),
        *("[::ffff:a9fe:a9fe]", "224.0.0.1", "nobody.invalid"),
    ],
)
def test_nothing_goes_to_addresses_that_are_not_public(host: str, site: Receiver) -> None:
    port = site.url.rpartition(":")[2].partition("/")[0]
    url = f"https://{host}:{port}/"
    assert post(url, "{}", {}, private=False) == Answer(problem="no-public-address")
    assert site.received == []


def test_nothing_goes_out_in_the_clear(site: Receiver) -> None:
    assert post(site.url, "{}", {}, private=False) == Answer(problem="not-https")


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receiver(context) as site:
        assert post(site.url, "{}", {}, private=True) == Answer(problem="certificate")
        assert site.received == []


def test_a_certificate_must_be_of_the_name_that_was_given(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(posting, "_trusted", lambda: trusting)
    with receiver(context) as site:
        assert post(site.url, "{}", {}, private=True) == Answer(204)
        elsewhere = site.url.replace("localhost", "127.0.0.1")
        assert post(elsewhere, "{}", {}, private=True) == Answer(problem="certificate")
        assert len(site.received) == 1
