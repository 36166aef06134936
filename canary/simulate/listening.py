"""Sockets and the HTTP server: loopback alone, quiet, quick to start and to stop."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from canary.domain.errors import UsageError
from canary.simulate.service import Service

HOST = "127.0.0.1"
"""The only address it listens on: what it serves is made up, and meant for this machine."""
BACKLOG = 512
GRACE_S = 2


def _config(application: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )


def listen(port: int) -> socket.socket:
    """Open a port on loopback; 0 = a free one.

    Raises:
        UsageError: it can't be opened.
    """
    # Named as TCP, or asyncio leaves Nagle's algorithm on: every answer in two writes would wait 40 ms for an ack.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} can't be opened on {HOST}: {error.strerror}",
            where="simulated provider",
            remedy="choose another port, or 0 for a free one",
        ) from None
    listener.listen(BACKLOG)
    return listener


class LoopbackServer(uvicorn.Server):
    """A server that says when it is ready, stops without waiting for slow answers, and leaves signals to its owner."""

    def __init__(self, application: Starlette) -> None:
        super().__init__(_config(application))
        self._service: Service = application.state.service
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Finish what is in flight, at once, and end; called within the server's own loop."""
        self._service.delivery.hurry()
        self.should_exit = True
