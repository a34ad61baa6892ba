"""The languages that messages are written in."""

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"


def language_of(wanted: str) -> str:
    """The language to write in: the one asked for, if messages exist in it, else French."""
    short = wanted.lower().partition("-")[0]
    return short if short in LANGUAGES else DEFAULT_LANGUAGE
