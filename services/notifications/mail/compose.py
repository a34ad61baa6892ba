"""A message as mail (RFC 5322, 2045, 3834): text, page and calendar, in seven-bit lines any server takes."""

from dataclasses import dataclass
from email import policy
from email.charset import QP, Charset
from email.header import Header
from email.headerregistry import Address
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from uuid import uuid4

from services.notifications.mail.calendar import calendars
from services.notifications.parcels import Parcel
from services.notifications.rendering.words import render

# The older interface of the standard library: the newer one loses spaces between the encoded words
# of a subject (Python 3.11), and takes more than twice as long.
_LINES = policy.compat32.clone(linesep="\r\n")
_READABLE = Charset("utf-8")
_READABLE.body_encoding = QP


@dataclass(frozen=True, slots=True)
class Mail:
    """What is handed to the mail server."""

    sender: str
    recipient: str
    content: bytes


class UnusableAddress(ValueError):
    """Mail cannot be sent to what the person gave as their address."""


def compose(parcel: Parcel, sender: Address, reply_to: Address | None = None) -> Mail:
    """The mail that tells what is in ``parcel``; one may answer it if there is a ``reply_to``.

    Its Message-ID is the same at every attempt, so that a mailbox can recognise a second copy.

    Raises:
        UnusableAddress.
    """
    recipient = _usable(parcel.addressee.email or "")
    rendered = render(parcel.abouts, place=sender.display_name, may_answer=reply_to is not None)
    words = MIMEMultipart("alternative", boundary=_boundary("words"))
    words.attach(_text(rendered.text, "plain"))
    words.attach(_text(rendered.html, "html"))
    files = [_attached(text, method) for method, text in calendars(parcel.abouts, sender).items()]
    message = words
    if files:
        message = MIMEMultipart("mixed", boundary=_boundary("files"), _subparts=[words, *files])
    message["From"] = formataddr((sender.display_name, sender.addr_spec))
    if reply_to is not None:
        message["Reply-To"] = formataddr((reply_to.display_name, reply_to.addr_spec))
    message["To"] = recipient.addr_spec
    message["Subject"] = Header(rendered.subject, "utf-8", header_name="Subject").encode()
    message["Date"] = format_datetime(parcel.abouts[0].now)
    message["Message-ID"] = f"<{parcel.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = parcel.language
    # Of what one asked for there is nothing to unsubscribe from (RFC 2369, 8058).
    leave = [one.unsubscribe_url for one in parcel.abouts]
    if leave[0] and all(leave):
        message["List-Unsubscribe"] = f"<{leave[0]}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return Mail(sender.addr_spec, recipient.addr_spec, message.as_bytes(policy=_LINES))


def _boundary(name: str) -> str:
    """What parts a message: no line in quoted-printable or base64 can be it, so none is searched (RFC 2045, 6.7)."""
    return f"=_{name}_{uuid4().hex}"


def _text(text: str, kind: str) -> MIMENonMultipart:
    part = MIMENonMultipart("text", kind)
    part.set_payload(text, _READABLE)
    return part


def _attached(text: str, method: str) -> MIMEText:
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="invitation.ics")
    return part


def _usable(email: str) -> Address:
    """``email``, with its domain as the domain name system knows it.

    Raises:
        UnusableAddress.
    """
    user, _, domain = email.rpartition("@")
    try:
        address = Address(username=user, domain=domain.encode("idna").decode())
    except ValueError:
        raise UnusableAddress from None
    spec = address.addr_spec
    if not user or not domain or not spec.isascii() or not spec.isprintable() or " " in spec:
        raise UnusableAddress
    return address
