"""Settings from the environment, read once per process, every mistake reported at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environs import Env, EnvValidationError, FileAwareEnv, ValidationError

SERVICES = ("registrations", "notifications", "reporting")


# RFC 6454, 7: no path, not even a slash.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?")


class SettingsError(SystemExit):
    """The environment is not usable: says every variable that is wrong, and ends the process."""


class _Environment(FileAwareEnv):
    def _get_value(self, env_key: str, default: Any) -> Any:
        # environs gathers what is wrong with a value, but raises what is wrong with its file.
        try:
            return super()._get_value(env_key, default)
        except ValueError as error:
            raise SettingsError(f"The environment is not usable: {error}") from None


@dataclass(frozen=True, slots=True)
class Settings:
    """What every service needs to know. Durations are in seconds."""

    service: str
    database_url: str
    broker_url: str
    urls: Mapping[str, str]
    public_url: str
    signing_key_file: Path | None
    public_rate: str
    cors_origins: tuple[str, ...]
    trusted_proxies: int
    database_pool: int
    catch_up_every: float
    relay_poll_every: float
    relay_batch: int
    ready_file: Path | None
    log_level: str


def _check_origins(origins: Sequence[str]) -> None:
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValidationError(f"{origin!r} is not an origin such as https://www.example.org")


def environment() -> Env:
    """An environs reader that gathers all errors; call ``seal(env)`` when everything is read.

    What is secret can be in a file, named by the same variable with ``_FILE`` at its end.
    """
    return _Environment(eager=False, prefix="ARCEAUX_", strip_whitespace=True)


def seal(env: Env) -> None:
    """End the process with one clear message if any variable was missing or malformed."""
    try:
        env.seal()
    except EnvValidationError as error:
        raise SettingsError(f"The environment is not usable: {error.error_messages}") from None


def load_settings(service: str) -> Settings:
    """Read the settings of ``service``.

    Raises:
        SettingsError: one or more variables are missing or malformed; all are named.
    """
    env = environment()
    urls = {
        name: env.str(f"{name.upper()}_URL", f"http://127.0.0.1:{port}")
        for name, port in zip(SERVICES, (8001, 8002, 8003), strict=True)
    }
    settings = Settings(
        service=service,
        database_url=env.str("DATABASE_URL"),
        broker_url=env.str("BROKER_URL"),
        urls=urls,
        public_url=env.str("PUBLIC_URL", urls["registrations"]),
        signing_key_file=env.path("SIGNING_KEY_FILE", None),
        public_rate=env.str("PUBLIC_RATE", "60/minute"),
        # None when it is malformed, which sealing will tell.
        cors_origins=tuple(env.list("CORS_ORIGINS", [], validate=_check_origins) or ()),
        trusted_proxies=env.int("TRUSTED_PROXIES", 0),
        database_pool=env.int("DATABASE_POOL", 5),
        catch_up_every=env.float("CATCH_UP_EVERY", 10.0),
        relay_poll_every=env.float("RELAY_POLL_EVERY", 0.5),
        relay_batch=env.int("RELAY_BATCH", 200),
        ready_file=env.path("READY_FILE", None),
        log_level=env.str("LOG_LEVEL", "INFO"),
    )
    seal(env)
    return settings
