"""Who may call what, as a page: the roles that every route names, in one table per service."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.auth import ROLES

_INTRODUCTION = """\
# Who may call what

Every route of every service, and who is let in. A role that is not let in is answered `403`, whoever brings no token
`401`. What a role then sees is narrower still: a facilitator their own organisation's people, an adviser not those of
discreet programmes that they do not advise, be it registrations or what people were told, and a manager numbers alone
of any discreet programme ([0009](decisions/0009-staff-sign-in.md)). (yes): as everyone may. Of a
registration, everyone is whoever holds the token of its link.

This page is written by `python -m docs.generate` from the routes themselves; a test holds each of its cells against
the services.
"""
_YES, _AS_EVERYONE, _NO = "yes", "(yes)", "–"


def roles_markdown(specs: Mapping[str, Mapping[str, Any]]) -> str:
    """The page on the routes of these OpenAPI documents, by service."""
    return "\n".join([_INTRODUCTION, *map(_chapter, specs, specs.values())])


def _chapter(service: str, document: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            f"## {service}\n",
            f"| route | everyone | {' | '.join(ROLES)} |",
            f"| --- |{' --- |' * (len(ROLES) + 1)}",
            *_rows(document),
            "",
        ]
    )


def _rows(document: Mapping[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                public, named = operation["x-public"], operation.get("x-roles", ())
                others = _AS_EVERYONE if public else _NO
                cells = [_YES if public else _NO]
                cells += [_YES if role in named else others for role in ROLES]
                yield f"| `{method.upper()} {path}` | {' | '.join(cells)} |"
