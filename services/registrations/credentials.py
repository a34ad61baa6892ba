"""What proves who someone is: passwords, one-time secrets, and how long to wait after failing.

Rules without storage. Passwords follow NIST SP 800-63B: long, any characters, nothing common, no rules
of composition; they are kept as argon2id with the parameters of OWASP's Password Storage Cheat Sheet.
"""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from services.registrations.domain import fold
from shared.errors import Text

SHORTEST, LONGEST = 12, 128

# OWASP: argon2id with 19 MiB of memory, two iterations and one thread.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# What a guesser would try first here, beside the English lists that zxcvbn brings.
_COMMON_HERE = (
    *(
        "motdepasse",
        "azertyuiop",
        "qsdfghjklm",
        "wxcvbn",
        "bonjour",
        "bonsoir",
        "soleil",
        "chocolat",
    ),
    *("doudou", "loulou", "marseille", "montpellier", "arceaux", "tierslieu", "ccas", "herault"),
    *("janvier", "fevrier", "mars", "avril", "juin", "juillet", "aout", "septembre", "octobre"),
    *("novembre", "decembre", "printemps", "automne", "hiver", "bienvenue", "jetaime", "secret"),
)
# Fewer guesses than this are found in hours even when each of them costs a hash.
_ENOUGH_GUESSES = 10**8
# zxcvbn reads no more than this; what is longer is not worse for it.
_READ_BY_ZXCVBN = 72
_SHORTEST_NAME = 4

_HOLDS_A_NAME = Text(
    "It must not contain your name or your address.",
    "Il ne doit contenir ni votre nom ni votre adresse.",
)
_COMMON = Text(
    "It is among the first that others would guess: choose a longer or less usual one.",
    "Il est parmi les premiers que l'on devinerait : choisissez-en un plus long ou moins courant.",
)


def normalised(password: str) -> str:
    """One form for what different keyboards send for the same characters (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def objection(password: str, *, email: str, name: str) -> Text | None:
    """Why ``password``, of a length that is allowed, is not good for this account; None if it is."""
    # Its lists take memory that only choosing a password is worth.
    from zxcvbn import zxcvbn  # noqa: PLC0415 — as said above

    names = {*fold(name).split(), fold(name), *fold(email.partition("@")[0]).split()}
    names = {part.replace(" ", "") for part in names}
    folded = fold(password).replace(" ", "")
    if any(part in folded for part in names if len(part) >= _SHORTEST_NAME):
        return _HOLDS_A_NAME
    found = zxcvbn(password[:_READ_BY_ZXCVBN], user_inputs=[*_COMMON_HERE, *sorted(names)])
    return _COMMON if found["guesses"] < _ENOUGH_GUESSES else None


def hash_password(password: str) -> str:
    """``password`` as it is kept: argon2id, salted."""
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether ``password`` is the one kept; without one it takes as long to say no."""
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), password)
    except VerificationError:
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether it was kept with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def new_secret() -> str:
    """256 random bits, for an address or a body."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """What is kept of a secret: enough to recognise it, of no use to whoever reads it."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Patience:
    """So many failures are free; the next one costs a wait, each further one twice the wait before."""

    free: int
    first: timedelta
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long nothing is tried after the last of ``failures`` in a row."""
        beyond = failures - self.free
        if beyond <= 0:
            return timedelta()
        # Doubling more often than that would be longer than any wait.
        doublings: int = 2 ** min(beyond - 1, 32)
        return min(self.first * doublings, self.longest)


ACCOUNT_PATIENCE = Patience(free=4, first=timedelta(seconds=30), longest=timedelta(hours=1))
# Many people may share one address: a whole town hall.
ADDRESS_PATIENCE = Patience(free=20, first=timedelta(minutes=1), longest=timedelta(hours=1))
FAILURES_FORGOTTEN = timedelta(days=1)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(new_secret())
