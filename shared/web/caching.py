"""Answers that need not be sent twice (RFC 9110, 8.8 and 13; RFC 9111)."""

import hashlib
from datetime import datetime

from flask import Response, request

# What a route that answers so says of it in its documentation.
NOT_CHANGED = {"304": {"description": "Nothing has changed since the entity tag that was sent."}}


def cacheable(
    content: bytes,
    mimetype: str,
    *,
    changed_at: datetime | None = None,
    seconds: int = 300,
    language: str | None = None,
    filename: str | None = None,
) -> Response:
    """A public answer that may be kept for ``seconds``; 304 and empty to whoever has it already.

    ``changed_at`` is given only where every change of ``content`` moves it; the entity tag always holds.
    ``language`` is set where the words depend on the one that was asked for, ``filename`` where the
    answer is rather kept than looked at.
    """
    response = Response(content, content_type=mimetype)
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    if changed_at is not None:
        response.last_modified = changed_at
    response.cache_control.public = True
    response.cache_control.max_age = seconds
    if language is not None:
        response.headers["Content-Language"] = language
        response.vary.add("Accept-Language")
    if filename is not None:
        response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.make_conditional(request)
    return response
