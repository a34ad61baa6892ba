"""From the bytes of a message to what the inbox says of it."""

from __future__ import annotations

import email
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message

from local.inbox.store import Item


def read(sender: str, recipients: Sequence[str], content: bytes) -> Item:
    """What the contract says of a message: never fails, however odd the message is.

    ``to`` is whom it was really sent to (the envelope); ``from`` is the header, or else the
    envelope's sender.
    """
    item: Item = {
        "from": sender,
        "to": list(recipients),
        "subject": "",
        "text": "",
        "html": "",
        "attachments": [],
        "message_id": "",
        "received_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    try:
        # The old policy: a tenth of the time of the new one, which is what limits the sink.
        message = email.message_from_bytes(content)
        item["from"] = _header(message, "from") or sender
        item["subject"] = _header(message, "subject")
        item["message_id"] = _header(message, "message-id")
        _read_parts(message, item)
    except Exception as error:  # The parser has many ways to trip over what a sender may send.
        item["text"] = item["text"] or content.decode(errors="replace")
        item["subject"] = item["subject"] or f"({type(error).__name__})"
    return item


def _header(message: Message, wanted: str) -> str:
    for name, value in message.raw_items():
        if name.lower() == wanted:
            return _decoded(str(value))
    return ""


def _decoded(value: str) -> str:
    """A header's words: unfolded, and decoded from whichever of the two ways carried accents."""
    plain = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", plain)
    return str(make_header(decode_header(unfolded))).strip() if "=?" in unfolded else unfolded


def _read_parts(message: Message, item: Item) -> None:
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        field = {"text/plain": "text", "text/html": "html"}.get(kind)
        name = part.get_filename()
        attached = name is not None or part.get_content_disposition() == "attachment"
        if field and not item[field] and not attached:
            item[field] = _text(part)
        else:
            item["attachments"].append({"name": _decoded(name or ""), "type": kind})


def _text(part: Message) -> str:
    raw = part.get_payload(decode=True)
    text = raw if isinstance(raw, bytes) else b""
    try:
        return text.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        return text.decode(errors="replace")
