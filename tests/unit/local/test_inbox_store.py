"""What the inbox keeps, and in which order it gives it back."""

import json

import pytest

from local.inbox.store import Store, identifier, number


@pytest.fixture
def file(tmp_path):
    return tmp_path / "inbox" / "messages"


def filled(file, count):
    store = Store(file)
    for index in range(count):
        store.append([{"subject": f"n° {index + 1}"}])
    return store


def subjects(items):
    return [item["subject"] for item in items]


def test_oldest_first_a_page_at_a_time(file):
    store = filled(file, 5)

    first, more = store.after(0, 2)
    assert subjects(first) == ["n° 1", "n° 2"]
    assert more
    last, more = store.after(number(first[-1]["id"]), 10)
    assert subjects(last) == ["n° 3", "n° 4", "n° 5"]
    assert not more


def test_a_reader_goes_on_from_the_last_it_saw(file):
    store = filled(file, 2)
    items, _ = store.after(0, 10)
    store.append([{"subject": "later"}])

    found, _ = store.after(number(items[-1]["id"]), 10)

    assert subjects(found) == ["later"]


def test_newest_first_for_people(file):
    store = filled(file, 5)

    newest = store.before(None, 2)
    assert subjects(newest) == ["n° 5", "n° 4"]
    assert subjects(store.before(number(newest[-1]["id"]), 10)) == ["n° 3", "n° 2", "n° 1"]
    assert store.before(1, 10) == []


def test_nothing_is_lost_when_it_is_opened_again(file):
    filled(file, 3)

    store = Store(file)
    store.append([{"subject": "n° 4"}])

    assert subjects(store.after(0, 10)[0]) == ["n° 1", "n° 2", "n° 3", "n° 4"]


def test_half_a_line_is_forgotten(file):
    filled(file, 2)
    with file.open("ab") as handle:
        handle.write(b'{"subject": "cut o')

    store = Store(file)
    store.append([{"subject": "next"}])

    assert subjects(store.after(0, 10)[0]) == ["n° 1", "n° 2", "next"]
    assert all(json.loads(line) for line in file.read_bytes().splitlines())


def test_numbers_are_not_given_twice_after_it_was_emptied(file):
    store = filled(file, 3)
    last = store.after(0, 10)[0][-1]["id"]

    store.clear()

    assert store.after(0, 10) == ([], False)
    assert len(store) == 0
    again = Store(file)
    again.append([{"subject": "new"}])
    found, _ = again.after(number(last), 10)
    assert subjects(found) == ["new"]
    assert subjects(again.after(0, 10)[0]) == ["new"]


def test_a_batch_is_kept_in_order(file):
    store = Store(file)
    store.append([{"subject": str(index)} for index in range(100)])

    assert subjects(store.after(0, 1000)[0]) == [str(index) for index in range(100)]


@pytest.mark.parametrize("text", ["", "1", "m", "mx", "m-1", "m1.5", "m²"])
def test_what_is_no_cursor_is_refused(text):
    with pytest.raises(ValueError, match="cursor"):
        number(text)


def test_an_identifier_is_its_own_cursor():
    assert number(identifier(12)) == 12
