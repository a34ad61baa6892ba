"""The page on which a person reads the inbox: French, or English when asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from urllib.parse import quote

from local.inbox.store import Item

SHOWN = 50

_WORDS = {
    "fr": {
        "title": "Courrier reçu",
        "intro": "Les messages envoyés par la plateforme s’arrêtent ici ; aucun n’est distribué.",
        "count": "{} messages",
        "empty": "Aucun message pour l’instant.",
        "from": "De",
        "to": "À",
        "subject": "Objet",
        "received": "Reçu le",
        "none": "(sans objet)",
        "older": "Messages plus anciens",
        "search": "Adresse ou objet",
        "find": "Chercher",
        "back": "Tous les messages",
        "text": "Texte",
        "html": "Mise en page",
        "attachments": "Pièces jointes",
        "other": "English",
    },
    "en": {
        "title": "Mail received",
        "intro": "The messages sent by the platform stop here; none is delivered.",
        "count": "{} messages",
        "empty": "No message yet.",
        "from": "From",
        "to": "To",
        "subject": "Subject",
        "received": "Received",
        "none": "(no subject)",
        "older": "Older messages",
        "search": "Address or subject",
        "find": "Search",
        "back": "All messages",
        "text": "Text",
        "html": "Layout",
        "attachments": "Attachments",
        "other": "Français",
    },
}

_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8888; padding: .5rem; text-align: start; vertical-align: top }
td { overflow-wrap: anywhere }
dt { font-weight: bold }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8888; padding: 1rem }
iframe { background: #fff; border: 1px solid #8888; height: 40rem; width: 100% }
a:focus-visible { outline: 3px solid; outline-offset: 2px }
"""


def listing(items: Sequence[Item], language: str, total: int, wanted: str) -> str:
    """The messages, newest first; one more than ``SHOWN`` means that there are older ones.

    ``wanted`` is what was searched for, empty if nothing was.
    """
    words = _WORDS[language]
    shown = items[:SHOWN]
    rows = "".join(
        f"<tr><td>{_when(item)}</td><td>{escape(', '.join(item['to']))}</td>"
        f'<td><a href="?message={item["id"]}&amp;lang={language}">'
        f"{escape(item['subject']) or words['none']}</a></td></tr>"
        for item in shown
    )
    table = (
        f"<table><thead><tr><th scope=col>{words['received']}</th><th scope=col>{words['to']}</th>"
        f"<th scope=col>{words['subject']}</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    nothing = f"<p>{words['empty']}</p>"
    older = (
        f'<p><a href="?before={shown[-1]["id"]}&amp;q={quote(wanted)}&amp;lang={language}">'
        f"{words['older']}</a></p>"
        if len(items) > SHOWN
        else ""
    )
    search = (
        f"<form role=search><input type=hidden name=lang value={language}>"
        f"<label>{words['search']} <input type=search name=q value="
        f'"{escape(wanted)}"></label> <button>{words["find"]}</button></form>'
    )
    body = (
        f"<h1>{words['title']}</h1><p>{words['intro']}</p>{search}"
        f"<p role=status>{words['count'].format(total)}</p>"
        f"{table + older if shown else nothing}"
    )
    return _document(words["title"], body, language, f"q={quote(wanted)}&amp;" if wanted else "")


def message(item: Item, language: str) -> str:
    """One message: its text, and its layout in a frame in which nothing can run."""
    words = _WORDS[language]
    subject = escape(item["subject"]) or words["none"]
    facts = "".join(
        f"<dt>{words[name]}</dt><dd>{value}</dd>"
        for name, value in (
            ("from", escape(item["from"])),
            ("to", escape(", ".join(item["to"]))),
            ("received", _when(item)),
        )
    )
    files = "".join(
        f"<li>{escape(file['name'])} <code>{escape(file['type'])}</code></li>"
        for file in item["attachments"]
    )
    text = f"<h2>{words['text']}</h2><pre>{escape(item['text'])}</pre>" if item["text"] else ""
    layout = (
        f"<h2>{words['html']}</h2>"
        f'<iframe sandbox title="{words["html"]}" srcdoc="{escape(item["html"])}"></iframe>'
        if item["html"]
        else ""
    )
    attached = f"<h2>{words['attachments']}</h2><ul>{files}</ul>" if files else ""
    body = (
        f'<p><a href="?lang={language}">{words["back"]}</a></p>'
        f"<h1>{subject}</h1><dl>{facts}</dl>{text}{layout}{attached}"
    )
    return _document(subject, body, language, f"message={item['id']}&amp;")


def _document(title: str, body: str, language: str, query: str) -> str:
    other = "fr" if language == "en" else "en"
    return (
        f"<!doctype html><html lang={language}><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        f'<nav><a href="?{query}lang={other}" lang={other}>{_WORDS[language]["other"]}</a></nav>'
        f"<main>{body}</main></body></html>"
    )


def _when(item: Item) -> str:
    moment = datetime.fromisoformat(item["received_at"]).astimezone()
    return f"<time datetime={item['received_at']}>{moment:%Y-%m-%d %H:%M:%S %Z}</time>"
