"""``python -m local.inbox``: the SMTP sink as a process."""

from __future__ import annotations

import argparse
import asyncio
import signal
import threading
from pathlib import Path

from local.inbox import smtp, web
from local.inbox.store import Store


async def run(file: Path, smtp_host: str, smtp_port: int, host: str, port: int) -> None:
    """Takes and shows messages until told to end."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    store = Store(file)
    mail = await smtp.listen(store, smtp_host, smtp_port)
    pages = web.serve(store, host, port)
    threading.Thread(target=pages.serve_forever, name="pages", daemon=True).start()
    await ended.wait()
    mail.close()
    pages.shutdown()


def main() -> None:
    """Reads the command line and runs."""
    parser = argparse.ArgumentParser(prog="python -m local.inbox", description=__doc__)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--smtp-host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(run(options.file, options.smtp_host, options.smtp_port, options.host, options.port))


if __name__ == "__main__":
    main()
