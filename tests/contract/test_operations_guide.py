"""docs/operations.md names every setting with its default, and none that does not exist."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDE = (ROOT / "docs" / "operations.md").read_text()

# What a service reads: env.int("NAME", 4).
_READ = re.compile(r'\benv\.\w+\(\s*"([A-Z_]+)"(?:,\s*("[^"]*"|[\d.]+|None|\w+))?')
_NAMED = re.compile(r"\bARCEAUX_[A-Z_]*[A-Z]\b")
# Shells and Compose: ${ARCEAUX_NAME:-default}.
_SUBSTITUTED = re.compile(r"\$\{(ARCEAUX_[A-Z_]+):-([^}]*)\}")
_ROW = re.compile(r"^\| `(ARCEAUX_[A-Z_]+)` \| (.*?) \| (.+) \|$", re.MULTILINE)
# Set by the containers for themselves, or by the platform on one machine for its own processes.
_INTERNAL = {"ARCEAUX_SERVICE", "ARCEAUX_PROCESS"}


def _sources(*suffixes: str) -> Iterator[str]:
    for folder in ("shared", "services", "local", "containers"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in suffixes and file.is_file():
                yield file.read_text()
    yield (ROOT / "docker-compose.yml").read_text()
    yield (ROOT / "Dockerfile").read_text()


def _described() -> dict[str, str]:
    return {name: default for name, default, _ in _ROW.findall(GUIDE)}


def _existing() -> set[str]:
    names = set()
    for source in _sources(".py", ".sh", ".conf", ".template", ""):
        names |= {f"ARCEAUX_{name}" for name, _ in _READ.findall(source)}
        names |= set(_NAMED.findall(source))
    secret = {name for name in names if name.removesuffix("_FILE") in names and "_FILE" in name}
    return names - secret - _INTERNAL


def _defaults() -> dict[str, str]:
    defaults = {}
    for source in _sources(".py", ""):
        for name, default in _READ.findall(source):
            if default.startswith('"') or default[:1].isdigit():
                defaults[f"ARCEAUX_{name}"] = default.strip('"')
        for name, default in _SUBSTITUTED.findall(source):
            defaults.setdefault(name, default)
    return defaults


def test_every_setting_is_described_and_none_that_does_not_exist():
    assert set(_described()) == _existing()


def test_defaults_are_those_of_the_code():
    told = _described()
    for name in ("ARCEAUX_PUBLIC_RATE", "ARCEAUX_SEND_LEASE", "ARCEAUX_WEB_THREADS"):
        assert name in _defaults(), "the test reads the code rightly"
    wrong = {
        name: (told[name], default)
        for name, default in _defaults().items()
        if told[name].startswith("`") and told[name] != f"`{default}`"
    }
    assert wrong == {}


def test_compose_hands_every_setting_of_the_services_on():
    compose = (ROOT / "docker-compose.yml").read_text()
    of_the_services = GUIDE.partition("### Of the services")[2].partition("### Of the containers")[
        0
    ]
    missing = {
        name
        for name, _, _ in _ROW.findall(of_the_services)
        if not re.search(rf"{name}(_FILE)?:", compose)
    }
    # Set in the image itself.
    assert missing == {"ARCEAUX_READY_FILE"}
