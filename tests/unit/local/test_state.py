"""The state file and the data folder."""

import stat

import pytest

from local import state
from local.errors import Failure
from local.folder import DataFolder
from local.state import Recorded, State


@pytest.fixture
def folder(tmp_path):
    made = DataFolder(tmp_path / "some data")
    made.create()
    return made


def test_nothing_is_known_before_the_first_run(folder):
    assert state.load(folder) is None


def test_what_is_saved_is_found_again(folder):
    saved = State(
        run="r",
        supervisor=1,
        started="boot:1",
        services=["registrations"],
        ports={"postgres": 5},
        urls={"broker": "redis://"},
        processes=[Recorded("broker", 2, "boot:2", 6, "broker://", 3)],
    )
    saved.save(folder)

    assert state.load(folder) == saved
    assert stat.S_IMODE(folder.state_file.stat().st_mode) == 0o600


def test_a_damaged_state_is_one_clear_line(folder):
    folder.state_file.write_text("{")

    with pytest.raises(Failure, match=r"state\.json"):
        state.load(folder)


def test_passwords_are_made_once_and_for_the_owner_only(folder):
    first = folder.secrets()

    assert folder.secrets() == first
    assert len({first.postgres, first.broker, *first.roles.values()}) == 5
    assert stat.S_IMODE((folder.path / "secrets.json").stat().st_mode) == 0o600


def test_a_folder_has_one_supervisor(folder):
    with folder.supervised() as first, folder.supervised() as second:
        assert first
        assert not second
    with folder.supervised() as third:
        assert third


def test_what_is_private_is_closed_to_others(folder):
    assert stat.S_IMODE(folder.keys.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o711


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(Failure, match="--data"):
        DataFolder(tmp_path / "file" / "data").create()
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
