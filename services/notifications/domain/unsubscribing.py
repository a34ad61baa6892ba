"""Links by which one unsubscribes with one click, without an account (RFC 8058).

A link is for one person and one kind of message. It is signed with the secret from which their manage links
are derived, and shows neither who they are nor what it is about.
"""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from services.notifications.domain.kinds import UNSOLICITED, Kind

_SIGNED = 18
_ID = 16


def unsubscribe_token(access_key: str, participant_id: UUID, kind: Kind) -> str:
    """The token with which a person leaves ``kind``: their id, and HMAC-SHA256 cut to 144 bits."""
    signature = _signature(access_key, participant_id, kind)
    return base64.urlsafe_b64encode(participant_id.bytes + signature).decode().rstrip("=")


def whose(token: str) -> UUID | None:
    """Whose token this is, if it is one: that it was signed is not known yet."""
    try:
        read = base64.b64decode(token.encode() + b"==", altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return UUID(bytes=read[:_ID]) if len(read) == _ID + _SIGNED else None


def kind_of_token(token: str, access_key: str, participant_id: UUID) -> Kind | None:
    """What ``token`` lets its person leave; None if they, or nobody, was given it."""
    if not access_key:
        return None
    for kind in sorted(UNSOLICITED):
        expected = unsubscribe_token(access_key, participant_id, kind)
        if hmac.compare_digest(token.encode(errors="replace"), expected.encode()):
            return kind
    return None


def _signature(access_key: str, participant_id: UUID, kind: Kind) -> bytes:
    signed = b"unsubscribe:" + participant_id.bytes + kind.encode()
    return hmac.digest(access_key.encode(), signed, hashlib.sha256)[:_SIGNED]
