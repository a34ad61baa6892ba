"""A lean HTTP client for load: keep-alive connections, raw sockets, nothing parsed but the status."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Load:
    """What came of a load: seconds per request in order of completion, and answers by status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which ``share`` (0 to 1) of the requests were answered."""
        ordered = sorted(self.latencies)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2)


def post_all(port: int, path: str, bodies: Sequence[Any], *, concurrency: int) -> Load:
    """POST every body as JSON to 127.0.0.1, ``concurrency`` at a time, each on its own connection."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    requests = []
    for body in bodies:
        payload = json.dumps(body).encode()
        requests.append(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)
    return asyncio.run(_send_all(port, requests, concurrency))


def get_all(port: int, paths: Sequence[str], *, concurrency: int, token: str | None = None) -> Load:
    """GET every path of 127.0.0.1, ``concurrency`` at a time, as whoever ``token`` speaks for."""
    staff = f"Authorization: Bearer {token}\r\n" if token else ""
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{staff}\r\n".encode() for path in paths]
    return asyncio.run(_send_all(port, requests, concurrency))


async def _send_all(port: int, requests: Sequence[bytes], concurrency: int) -> Load:
    load, waiting = Load(), iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*[_client(port, waiting, load) for _ in range(concurrency)])
    load.seconds = time.perf_counter() - began
    return load


async def _client(port: int, waiting: Iterator[bytes], load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_content_length(head))
        load.latencies.append(time.perf_counter() - began)
        status = int(head[9:12])
        load.statuses[status] = load.statuses.get(status, 0) + 1
    writer.close()


def _content_length(head: bytes) -> int:
    at = head.lower().index(b"content-length:") + 15
    return int(head[at : head.index(b"\r\n", at)])
