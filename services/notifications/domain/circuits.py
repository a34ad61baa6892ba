"""When a provider that fails is left alone, and when it is tried again.

After three failures in a row nothing is handed to it for a while, which doubles with every failure that
follows; then one message tries whether it is well again (half-open), and the others wait for what becomes
of that.
"""

from datetime import timedelta

_FAILURES = 3
_FIRST_REST = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=15)
# One that tries may die on the way; then another may.
PROBE = timedelta(minutes=1)


def rest_after(failures: int) -> timedelta | None:
    """How long a provider is left alone after so many failures in a row; None while it need not be."""
    if failures < _FAILURES:
        return None
    doubled = min(failures - _FAILURES, 10)
    return min(_FIRST_REST * (1 << doubled), _LONGEST_REST)
