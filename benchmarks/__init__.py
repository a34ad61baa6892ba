"""How fast, held against a limit taken in the same run: ``./arceaux bench [NAME]``.

Each prints one JSON line: the measured figure, the limit, and their ratio. None asserts seconds.
"""
