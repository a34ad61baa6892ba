"""Signing keys and the tokens made with them, checked as a service would: by the public key."""

import base64
import hashlib
import json
import stat
import time

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from local import keys
from local.errors import Failure


@pytest.fixture
def file(tmp_path):
    return keys.private_key(tmp_path, "registrations")


def test_a_key_is_made_once_for_its_owner_only(file, tmp_path):
    before = file.read_bytes()

    assert keys.private_key(tmp_path, "registrations").read_bytes() == before
    assert keys.private_key(tmp_path, "reporting").read_bytes() != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_token_is_good_for_an_hour(file):
    public = load_pem_private_key(file.read_bytes(), None).public_key()

    claims = jwt.decode(
        keys.token(file, "manager"), public, algorithms=["EdDSA"], audience="arceaux"
    )

    assert claims["iss"] == "registrations"
    assert claims["role"] == "manager"
    assert claims["sub"].startswith("local:")
    assert claims["exp"] - claims["iat"] == 3600
    assert abs(claims["iat"] - time.time()) < 60
    assert "organisation" not in claims


def test_the_key_is_named_by_its_thumbprint(file):
    raw = load_pem_private_key(file.read_bytes(), None).public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    members = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    expected = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=")

    header = jwt.get_unverified_header(keys.token(file, "operator"))

    assert header["alg"] == "EdDSA"
    assert header["kid"] == expected.decode()


def test_a_facilitator_belongs_to_an_organisation(file):
    claims = jwt.decode(
        keys.token(file, "facilitator", "repair-cafe"), options={"verify_signature": False}
    )

    assert claims["organisation"] == "repair-cafe"
    with pytest.raises(Failure, match="--organisation"):
        keys.token(file, "facilitator")


def test_a_token_advises_the_programmes_named_or_all_of_them(file):
    def advised(*codes):
        token = keys.token(file, "adviser", None, codes)
        return jwt.decode(token, options={"verify_signature": False})["programmes"]

    assert advised("budget", "sante") == ["budget", "sante"]
    assert advised() == ["*"]


def test_an_unknown_role_is_refused(file):
    with pytest.raises(Failure, match="mayor"):
        keys.token(file, "mayor")


def test_a_damaged_key_is_one_clear_line(file, tmp_path):
    file.write_text("nonsense")
    with pytest.raises(Failure, match="not a private key"):
        keys.token(file, "manager")
    with pytest.raises(Failure, match="cannot be read"):
        keys.token(tmp_path / "none.pem", "manager")
