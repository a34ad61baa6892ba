"""Log files: bounded when a process starts, and read back when it fails."""

from local import logs


def test_a_log_is_added_to(tmp_path):
    for line in (b"one\n", b"two\n"):
        with logs.open_log(tmp_path / "a.log") as log:
            log.write(line)

    assert (tmp_path / "a.log").read_bytes() == b"one\ntwo\n"


def test_one_grown_too_large_is_put_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "LARGEST", 3)
    for line in (b"one\n", b"two\n", b"three\n"):
        with logs.open_log(tmp_path / "a.log") as log:
            log.write(line)

    assert (tmp_path / "a.log").read_bytes() == b"three\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"two\n"


def test_the_tail_has_no_blank_lines_and_bears_any_bytes(tmp_path):
    (tmp_path / "a.log").write_bytes(b"old\n" * 50 + b"\n\xff broken\n\nlast\n")

    assert logs.tail(tmp_path / "a.log", 2) == ["\ufffd broken", "last"]
    assert logs.tail(tmp_path / "none.log") == []
