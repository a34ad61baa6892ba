"""A worker is deaf when work waits, none is in hand, and none was taken for a while; not otherwise."""

from shared.messaging.hearing import Deafness


def test_a_worker_that_takes_nothing_while_work_waits_is_deaf_after_a_while() -> None:
    deaf = Deafness()
    looks = [deaf.is_shown_by(waiting=3, accepted=7, in_hand=0) for _ in range(5)]
    assert looks == [False, False, False, False, True]


def test_an_idle_worker_is_not_deaf() -> None:
    deaf = Deafness()
    assert not any(deaf.is_shown_by(waiting=0, accepted=7, in_hand=0) for _ in range(50))


def test_a_worker_busy_with_long_jobs_is_not_deaf() -> None:
    deaf = Deafness()
    assert not any(deaf.is_shown_by(waiting=3, accepted=7, in_hand=2) for _ in range(50))


def test_a_worker_that_cannot_keep_up_is_not_deaf() -> None:
    deaf = Deafness()
    assert not any(deaf.is_shown_by(waiting=900, accepted=n, in_hand=0) for n in range(50))
