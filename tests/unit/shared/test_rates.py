"""How often one address may post: counted together by all processes, and never a reason to close the desk."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from shared.errors import TooMany
from shared.web import rates
from shared.web.rates import PublicRate

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def address() -> str:
    """An address that no other test has posted from."""
    return f"address-{uuid4()}"


def test_an_address_may_post_so_often_and_no_more(broker_url: str, address: str) -> None:
    # A window of a day: its end will hardly fall into this test.
    rate = PublicRate("2/day", broker_url)
    rate.spend(address)
    rate.spend(address)
    with pytest.raises(TooMany):
        rate.spend(address)


def test_processes_count_together_and_addresses_apart(broker_url: str, address: str) -> None:
    one, other = PublicRate("2/day", broker_url), PublicRate("2/day", broker_url)
    one.spend(address)
    other.spend(address)
    for rate in (one, other):
        with pytest.raises(TooMany):
            rate.spend(address)
        rate.spend(f"{address}-{rate is one}")


def test_switched_off_nobody_is_counted(address: str) -> None:
    rate = PublicRate("off", NOWHERE)
    for _ in range(1000):
        rate.spend(address)


def test_without_the_broker_everyone_may_post_and_the_log_says_so_once(
    address: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(rates, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    rate = PublicRate("1/day", NOWHERE)
    for _ in range(10):
        rate.spend(address)
    assert caplog.messages == ["rate_limit_open"]
    assert address not in caplog.text
    clock[0] += 6
    rate.spend(address)
    assert caplog.messages == ["rate_limit_open"] * 2


def test_the_limit_holds_again_when_the_broker_is_back(
    broker_url: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(rates, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    rate = PublicRate("1/day", broker_url)
    with monkeypatch.context() as away:
        away.setattr(rate._limiter, "hit", _fail)
        rate.spend(address)
    rate.spend(address)
    clock[0] += 6
    rate.spend(address)
    with pytest.raises(TooMany):
        rate.spend(address)


def _fail(*_: object) -> bool:
    raise ConnectionError


@pytest.mark.parametrize(
    "rate",
    [
        *("", "many", "60", "60/fortnight", "-1/minute"),
        *("0/minute", "1/minute;2/hour", "1/99999999999 year", "9999999999/day"),
    ],
)
def test_a_rate_that_says_nothing_is_refused_at_the_start(rate: str, broker_url: str) -> None:
    with pytest.raises(ValueError, match=r"rate limit string|granularity"):
        PublicRate(rate, broker_url)
