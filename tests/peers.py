"""Services that are asked what they hold about a person, and hold nothing."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug import Request, Response
from werkzeug.serving import make_server

from shared.peers import Peers
from shared.settings import SERVICES
from tests.servers import free_port


@contextmanager
def holding_nothing() -> Iterator[Peers]:
    """Real ones, over HTTP, as far as they are asked this one thing."""

    def answer(environ: Any, start_response: Any) -> Any:
        Request(environ).get_data()
        return Response('{"held": {}}', mimetype="application/json")(environ, start_response)

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", free_port(), answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.port}"
        yield Peers(dict.fromkeys(SERVICES, url), lambda: "")
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
