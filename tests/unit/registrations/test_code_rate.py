"""How often one address may try a letter's code, as the environment says it."""

import pytest

from services.registrations.settings import load_own_settings
from shared.settings import SettingsError


@pytest.mark.parametrize(
    ("said", "expected"), [(None, "10/minute"), ("off", "off"), ("3/hour", "3/hour")]
)
def test_it_is_ten_a_minute_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, said: str | None, expected: str
) -> None:
    if said is not None:
        monkeypatch.setenv("ARCEAUX_CODE_RATE", said)
    assert load_own_settings().code_rate == expected


@pytest.mark.parametrize("said", ["often", "10", "10/fortnight", "-1/minute"])
def test_a_rate_that_says_nothing_is_named(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("ARCEAUX_CODE_RATE", said)
    with pytest.raises(SettingsError, match="CODE_RATE"):
        load_own_settings()
