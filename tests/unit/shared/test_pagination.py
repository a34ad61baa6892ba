"""Pages and the cursors between them."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.web.pagination import MOST, PageQuery, cut, page_of, position


def _cursor(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


moments = st.datetimes(timezones=st.just(UTC))


@given(moments, st.uuids())
def test_a_cursor_leads_back_to_the_place_it_was_made_for(moment: datetime, id: UUID) -> None:
    rows = [(moment, id), (moment, uuid4())]
    page, cursor = cut(rows, 1, lambda row: (row[0].isoformat(), row[1]))
    assert page == rows[:1]
    assert position(cursor, datetime.fromisoformat, UUID) == (moment, id)


@given(st.from_regex(r"[a-z0-9-]{1,80}", fullmatch=True))
def test_a_code_goes_through_a_cursor_unchanged(code: str) -> None:
    _, cursor = cut([code, "z"], 1, lambda row: (row,))
    assert position(cursor, str) == (code,)
    assert cursor is not None
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&? ")


def test_the_last_page_has_no_cursor() -> None:
    assert cut([1, 2, 3], 3, lambda row: (row,)) == ([1, 2, 3], None)
    assert cut([], 3, lambda row: (row,)) == ([], None)
    page, cursor = cut([1, 2, 3, 4], 3, lambda row: (row,))
    assert (page, position(cursor, int)) == ([1, 2, 3], (3,))


def test_no_cursor_is_the_beginning() -> None:
    assert position(None, str) is None


@pytest.mark.parametrize(
    ("cursor", "kinds"),
    [
        ("", (str,)),
        ("é", (str,)),
        ("\ud800", (str,)),
        ("!!!", (str,)),
        ("a", (str,)),
        (_cursor(["a", "b"]), (str,)),
        (_cursor(["a"]), (str, str)),
        (_cursor([]), (str,)),
        (_cursor(None), (str,)),
        (_cursor("x"), (str,)),
        (_cursor({"a": 1}), (str,)),
        (_cursor([1]), (str,)),
        (_cursor([None]), (UUID,)),
        (_cursor([1]), (UUID,)),
        (_cursor([{}]), (UUID,)),
        (_cursor([["a"]]), (str,)),
        (_cursor(["\x00"]), (str,)),
        (_cursor(["\ud800"]), (str,)),
        (_cursor(["not-an-id"]), (UUID,)),
        (_cursor(["yesterday"]), (datetime.fromisoformat,)),
        (_cursor(["9" * 5000]), (int,)),
        (base64.urlsafe_b64encode(b"[" * 50_000).decode(), (str,)),
        (base64.urlsafe_b64encode(b"[1" + b"0" * 5000 + b"]").decode(), (str,)),
        (base64.urlsafe_b64encode(b"\xff\xfe").decode(), (str,)),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_cursor_that_is_not_ours_is_refused_naming_the_field(
    cursor: str, kinds: tuple[Callable[[str], Any], ...]
) -> None:
    with pytest.raises(Invalid) as refused:
        position(cursor, *kinds)
    assert list(refused.value.errors) == ["cursor"]


@given(st.text(), st.lists(st.sampled_from([str, UUID, datetime.fromisoformat]), max_size=2))
def test_any_cursor_is_a_place_or_refused(cursor: str, kinds: list[Any]) -> None:
    with suppress(Invalid):
        assert len(position(cursor, *kinds) or ()) == len(kinds)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(json_values)
def test_any_json_in_a_cursor_is_a_storable_place_or_refused(value: Any) -> None:
    try:
        found = position(_cursor(value), str)
    except Invalid:
        return
    assert found is not None
    assert found[0].encode().decode() == found[0]
    assert "\x00" not in found[0]


@pytest.mark.parametrize("limit", [0, -1, MOST + 1, "many", None])
def test_a_page_is_neither_empty_nor_endless(limit: Any) -> None:
    assert PageQuery().validate({"limit": limit}).keys() == {"limit"}


def test_a_page_has_the_same_shape_everywhere() -> None:
    schema = page_of(PageQuery)
    assert type(schema).__name__ == "PageQueryPage"
    assert schema.dump({"items": [{"limit": 1, "cursor": None}], "next": None}) == {
        "items": [{"limit": 1, "cursor": None}],
        "next": None,
    }
