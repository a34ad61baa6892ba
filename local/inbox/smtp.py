"""The SMTP side: takes messages and answers 250 once they are on disk."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiosmtpd.smtp import SMTP, Envelope, Session

from local.inbox import mail
from local.inbox.store import Item, Store

_LARGEST_MESSAGE = 32 * 1024 * 1024


class Receiver:
    """An aiosmtpd handler. Messages that arrive while the disk is busy share the next write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="disk")

    async def handle_DATA(  # noqa: N802 — aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keeps one message."""
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        item = mail.read(envelope.mail_from or "", envelope.rcpt_tos, raw)
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((item, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        try:
            await kept
        except OSError as error:
            return f"452 4.3.1 The message cannot be kept: {error.strerror}"
        return "250 2.0.0 Kept"

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                items = [item for item, _ in batch]
                await loop.run_in_executor(self._disk, self._store.append, items)
            except OSError as error:
                for _, kept in batch:
                    if not kept.done():
                        kept.set_exception(error)
            else:
                for _, kept in batch:
                    if not kept.done():
                        kept.set_result(None)


async def listen(store: Store, host: str, port: int) -> asyncio.Server:
    """Starts taking messages on ``host`` and ``port``."""
    receiver = Receiver(store)
    session = partial(
        SMTP,
        receiver,
        # Given, because it would otherwise be looked up, which can take seconds.
        hostname="inbox.localhost",
        ident="Arceaux inbox",
        data_size_limit=_LARGEST_MESSAGE,
        enable_SMTPUTF8=True,
    )
    return await asyncio.get_running_loop().create_server(session, host, port, backlog=128)
