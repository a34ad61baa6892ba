"""By which channel a person is told."""

import pytest

from services.notifications.domain.channels import is_mobile, route
from services.notifications.domain.kinds import Kind

MOBILE, LANDLINE = "+33612345678", "+33467123456"


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        (MOBILE, True),
        ("+33756781234", True),
        ("0612345678", True),
        (LANDLINE, False),
        ("+33912345678", False),  # of a box at home
        ("+33612", False),
        ("+212612345678", True),
        ("+12025550123", True),
        ("not a number", False),
        ("", False),
    ],
)
def test_only_mobile_numbers_get_sms(phone: str, mobile: bool) -> None:
    assert is_mobile(phone) is mobile


@pytest.mark.parametrize(
    ("email", "phone", "sms", "without", "channel"),
    [
        ("a@b.fr", MOBILE, True, [], "email"),
        (None, MOBILE, True, [], "sms"),
        (None, MOBILE, False, [], "call"),
        (None, LANDLINE, True, [], "call"),
        (None, None, True, [], "desk"),
        ("a@b.fr", MOBILE, True, ["email"], "sms"),
        ("a@b.fr", MOBILE, True, ["email", "sms"], "call"),
        ("a@b.fr", None, True, ["email"], "desk"),
        (None, MOBILE, True, ["sms", "call"], "desk"),
    ],
)
def test_the_best_channel(
    email: str | None, phone: str | None, sms: bool, without: list[str], channel: str
) -> None:
    assert route(Kind.CONFIRMED, email=email, phone=phone, sms=sms, without=without)[0] == channel
