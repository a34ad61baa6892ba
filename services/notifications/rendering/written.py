"""Words that managers wrote: what they may be made of, and whether they say in every case what they must.

They are templates, of a small part of Jinja: placeholders, ``if``, the pieces that several messages
share, and plurals. There is no loop, no filter, no call but two, and no product: what comes out is never much
longer than what was written. Whatever else comes in is refused by the line that it stands in, and what is
not refused still runs in a sandbox.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from jinja2 import PackageLoader, StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.notifications.domain.kinds import BY_MAIL_ALONE, Kind
from services.notifications.domain.written import Written
from services.notifications.refusals import UnusableWords
from services.notifications.rendering.placeholders import (
    names_in_short,
    names_of,
    pieces_of,
    required_in_short,
    required_of,
)
from shared.errors import Text

LONGEST_SUBJECT, LONGEST_WORDS, LONGEST_SHORT = 500, 5000, 1000
_DEEPEST = 20
_CALLS = frozenset({"plural", "money"})
_FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})
_TESTS = frozenset({"none", "number"})
_TEXT = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Const)
_VALUES = (nodes.CondExpr, nodes.Concat, nodes.Compare, nodes.Operand, nodes.Add, nodes.Sub)
_LOGIC = (nodes.And, nodes.Or, nodes.Not, nodes.Tuple, nodes.List)
_PLAIN = (*_TEXT, *_VALUES, *_LOGIC)
_BLOCK = r"\{{%-? *block {name}[^%]*%\}}\n?(.*?)\{{%-? *endblock *%\}}"


SANDBOX = ImmutableSandboxedEnvironment(
    loader=PackageLoader("services.notifications"),
    # The text is plain, and escaped where the page takes it in.
    autoescape=False,
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
    # What is not known of a discreet session is not there, rather than "None".
    finalize=lambda value: "" if value is None else value,
)


def shipped(kind: Kind, language: str) -> Written:
    """The words that come with the service, as a manager would have written them."""
    source = _source(f"{language}/{kind}.txt")
    short = None if kind in BY_MAIL_ALONE else _source(f"{language}/{kind}.sms.txt").strip()
    return Written(_block_of(source, "subject"), _block_of(source, "words"), short)


def whole(written: Written, kind: Kind, language: str) -> str:
    """``written`` with the greeting and the closing that messages of ``kind`` have."""
    return (
        f'{{% extends "{language}/{kind}.txt" %}}\n'
        f"{{% block subject %}}\n{written.subject}\n{{% endblock %}}\n"
        f"{{% block words %}}\n{written.words}\n{{% endblock %}}\n"
    )


def check_parts(kind: Kind, language: str, written: Written) -> None:
    """Hold ``written`` to what words of ``kind`` may be made of.

    Raises:
        UnusableWords: naming each line, placeholder and construct that may not be there, and each
            placeholder that has to be and is not.
    """
    in_full = _Allowed(names_of(kind), pieces_of(kind, language))
    in_short = _Allowed(names_in_short(kind), frozenset())
    subject, named_in_subject = _read(written.subject, in_full)
    words, named = _read(written.words, in_full)
    short, named_in_short = _read(written.short or "", in_short)
    if re.search(r"\n\s*\n", written.subject.strip()):
        subject.append(_SEVERAL_PARAGRAPHS)
    if written.short is not None and kind in BY_MAIL_ALONE:
        short.append(_NO_SMS)
    errors = {"subject": subject, "words": words, "sms": short}
    if not any(errors.values()):
        absent = required_of(kind) - named - named_in_subject
        errors["words"] = [missing(name) for name in sorted(absent)]
    if not any(errors.values()) and written.short is not None:
        absent = required_in_short(kind) - named_in_short
        errors["sms"] = [missing(name) for name in sorted(absent)]
    if any(errors.values()):
        raise UnusableWords(errors={field: found for field, found in errors.items() if found})


def missing(name: str) -> Text:
    """That a placeholder has to be there."""
    return Text(
        f"The placeholder {{{{ {name} }}}} must be there, whatever the case.",
        f"Le repère {{{{ {name} }}}} doit y figurer, dans tous les cas.",
    )


_UNREADABLE = Text(
    "a mark such as {{ … }} or {% if … %} is not complete, or cannot be read.",
    "un repère comme {{ … }} ou {% if … %} n'est pas complet, ou est illisible.",
)
_SEVERAL_PARAGRAPHS = Text(
    "The subject is one line: no empty line in it.",
    "L'objet tient en une ligne : sans ligne vide.",
)
_NO_SMS = Text(
    "This message goes by mail alone.",
    "Ce message ne part que par courriel.",
)
_TOO_DEEP = Text("Too much is nested in it.", "Trop d'éléments y sont imbriqués.")


class _Allowed(NamedTuple):
    """What words may be made of."""

    names: frozenset[str]
    pieces: frozenset[str]


def _source(name: str) -> str:
    loader = SANDBOX.loader
    if loader is None:
        raise LookupError("no templates are shipped")
    source, *_ = loader.get_source(SANDBOX, name)
    return source


def _read(source: str, allowed: _Allowed) -> tuple[list[Text], set[str]]:
    """What is wrong with a template, and the placeholders that it names if nothing is."""
    try:
        tree = SANDBOX.parse(source)
        found = list(_wrong(tree, allowed, 0))
        if found:
            return found, set()
        # Python has its own limits, which show only here.
        SANDBOX.compile(source)
    except TemplateSyntaxError as error:
        return [_at(error.lineno, _UNREADABLE)], set()
    except (RecursionError, MemoryError, SyntaxError):
        return [_TOO_DEEP], set()
    return [], {node.name for node in tree.find_all(nodes.Name)}


def _wrong(node: nodes.Node, allowed: _Allowed, depth: int) -> Iterator[Text]:
    if depth > _DEEPEST:
        yield _at(node.lineno, _TOO_DEEP)
        return
    yield from _wrong_itself(node, allowed)
    for part in _parts(node):
        yield from _wrong(part, allowed, depth + 1)


def _wrong_itself(node: nodes.Node, allowed: _Allowed) -> Iterator[Text]:
    match node:
        case nodes.Getattr(node=nodes.Name(name="details")):
            yield from _unless_known(node, f"details.{node.attr}", allowed.names)
        case nodes.Name():
            yield from _unless_known(node, node.name, allowed.names)
        case nodes.Include():
            yield from _unless_piece(node, allowed.pieces)
        case nodes.Call() if _is_allowed(node):
            pass
        case nodes.Test() if node.name in _TESTS and not (node.args or node.kwargs):
            pass
        case _ if not isinstance(node, _PLAIN):
            yield _forbidden(node)


def _is_allowed(call: nodes.Call) -> bool:
    return (
        isinstance(call.node, nodes.Name)
        and call.node.name in _CALLS
        and len(call.args) == 1
        and call.dyn_args is None
        and call.dyn_kwargs is None
        and all(keyword.key in _FORMS for keyword in call.kwargs)
    )


def _parts(node: nodes.Node) -> Iterable[nodes.Node]:
    """What is to be looked at within ``node``, unless it was looked at whole."""
    match node:
        case nodes.Getattr() | nodes.Include():
            return ()
        case nodes.Call():
            return (*node.args, *(keyword.value for keyword in node.kwargs))
        case _ if isinstance(node, (*_PLAIN, nodes.Test)):
            return node.iter_child_nodes()
        case _:
            return ()


def _unless_known(node: nodes.Node, name: str, known: frozenset[str]) -> Iterator[Text]:
    if name not in known:
        choice = ", ".join(sorted(known))
        yield _at(
            node.lineno,
            Text(
                f"there is no placeholder “{name}” here. There are: {choice}.",
                f"il n'y a pas de repère « {name} » ici. Il y a : {choice}.",
            ),
        )


def _unless_piece(node: nodes.Include, pieces: frozenset[str]) -> Iterator[Text]:
    wanted = node.template.value if isinstance(node.template, nodes.Const) else None
    if wanted not in pieces:
        choice = ", ".join(sorted(pieces)) or "–"
        yield _at(
            node.lineno,
            Text(
                f"only these pieces can be included: {choice}.",
                f"seuls ces éléments peuvent être inclus : {choice}.",
            ),
        )


def _forbidden(node: nodes.Node) -> Text:
    name = type(node).__name__.lower()
    return _at(
        node.lineno,
        Text(
            f"this construct ({name}) cannot be used here.",
            f"cette construction ({name}) ne peut pas être utilisée ici.",
        ),
    )


def _at(line: int, text: Text) -> Text:
    return Text(f"Line {line}: {text.en}", f"Ligne {line} : {text.fr}")


def _block_of(source: str, name: str) -> str:
    found = re.search(_BLOCK.format(name=name), source, re.DOTALL)
    return found[1].strip() if found else ""
