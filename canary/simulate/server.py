"""The simulated provider on loopback: as an ASGI app, in a background thread, or in the foreground."""

import asyncio
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from canary.domain.errors import UsageError
from canary.domain.suite import Suite
from canary.simulate import wire
from canary.simulate.behaviour import ORDINARY, Behaviour
from canary.simulate.faults import Fault, check_kinds
from canary.simulate.listening import HOST, LoopbackServer, listen
from canary.simulate.protocol import Protocol, Refused
from canary.simulate.protocols import CHAT, MESSAGES, RESPONSES
from canary.simulate.service import Incoming, Service

REMEMBERED = 4096

_Handler = Callable[[Service, Protocol, Incoming, Send], Awaitable[None]]


class _Endpoint:
    """One path as an ASGI app: what its handler refuses is answered in the protocol's own words."""

    def __init__(self, service: Service, handler: _Handler, protocol: Protocol | None) -> None:
        self._service = service
        self._handler = handler
        self._protocol = protocol

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = self._service.incoming(scope, receive)
        protocol = self._protocol or (MESSAGES if incoming.anthropic else CHAT)
        try:
            await self._handler(self._service, protocol, incoming, send)
        except Refused as refused:
            told = protocol.error(refused, incoming.request_id)
            await wire.send_json(send, refused.status, told, protocol.headers(incoming.request_id))


_ROUTES: Sequence[tuple[str, str, _Handler, Protocol | None]] = (
    ("POST", "/v1/messages", Service.ask, MESSAGES),
    ("POST", "/v1/messages/count_tokens", Service.count, MESSAGES),
    ("POST", "/v1/responses", Service.ask, RESPONSES),
    ("POST", "/v1/responses/input_tokens", Service.count, RESPONSES),
    ("POST", "/v1/chat/completions", Service.ask, CHAT),
    ("GET", "/v1/models", Service.models, None),
    ("GET", "/v1/models/{model:path}", Service.models, None),
    ("GET", "/", Service.greet, None),
)


def app(
    suite: Suite,
    behaviour: Behaviour = ORDINARY,
    seed: int = 0,
    faults: Sequence[Fault] = (),
    *,
    keys: Sequence[str] = (),
    models: Sequence[str] = (),
    remember: int = 0,
) -> Starlette:
    """The provider as an ASGI app.

    Args:
        suite: the prompts it answers by their examples; anything else gets one plain sentence.
        behaviour: how it answers them.
        seed: of every draw.
        faults: what goes wrong, for which requests.
        keys: the keys it takes; none given = any key but those that begin with `sk-wrong`, and no key at all too.
        models: the models it has; none given = any but `no-such-model`.
        remember: requests kept for a look at them; the oldest is dropped first.

    Returns:
        The app; `app.state.service` is the Service behind it.

    Raises:
        UsageError: the behaviour names a fault that does not exist.
    """
    check_kinds(behaviour)
    service = Service(suite, behaviour, seed=seed, faults=faults, keys=keys, models=models, remember=remember)
    routes = [
        Route(path, _Endpoint(service, handler, protocol), methods=[method])
        for method, path, handler, protocol in _ROUTES
    ]
    everything_else = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    routes.append(Route("/{path:path}", _Endpoint(service, Service.unknown, None), methods=everything_else))
    starlette = Starlette(routes=routes)
    starlette.state.service = service
    return starlette


class SimulatedProvider:
    """The provider in a background thread; ready when entered, gone when left.

    Attributes:
        base_url: `http://127.0.0.1:PORT`; OpenAI clients want `base_url + "/v1"`.
    """

    def __init__(
        self,
        suite: Suite,
        behaviour: Behaviour = ORDINARY,
        *,
        seed: int = 0,
        port: int = 0,
        faults: Sequence[Fault] = (),
        keys: Sequence[str] = (),
        models: Sequence[str] = (),
    ) -> None:
        """Prepare the provider; arguments as in `app`, port 0 = a free one."""
        application = app(suite, behaviour, seed, faults, keys=keys, models=models, remember=REMEMBERED)
        self._service: Service = application.state.service
        self._port = port
        self._server = LoopbackServer(application)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.base_url = ""

    @property
    def requests(self) -> list[wire.RecordedRequest]:
        """What was asked of a model, of the last 4,096 requests; oldest first, credentials redacted."""
        return [request for request in self._service.requests.copy() if request.method == "POST"]

    @property
    def lookups(self) -> list[wire.RecordedRequest]:
        """What was looked up in its lists, of the last 4,096 requests; oldest first, credentials redacted."""
        return [request for request in self._service.requests.copy() if request.method != "POST"]

    def __enter__(self) -> Self:
        """Start serving.

        Raises:
            UsageError: the port can't be opened.
        """
        listener = listen(self._port)
        self.base_url = f"http://{HOST}:{listener.getsockname()[1]}"
        self._thread = threading.Thread(
            target=self._run, args=(listener,), name="simulated-provider", daemon=True
        )
        self._thread.start()
        while not self._server.ready.wait(0.1):
            if not self._thread.is_alive():
                raise UsageError("the server did not start", where="simulated provider")
        return self

    def _run(self, listener: socket.socket) -> None:
        asyncio.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        with listener:
            await self._server.serve(sockets=[listener])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join()


def serve(
    suite: Suite,
    behaviour: Behaviour = ORDINARY,
    *,
    port: int = 0,
    seed: int = 0,
    faults: Sequence[Fault] = (),
    ready: Callable[[str], None] = lambda _url: None,
) -> None:
    """Serve in the foreground until SIGINT or SIGTERM, then return; to be called in the main thread.

    Args:
        suite: as in `app`.
        behaviour: as in `app`.
        port: 0 = a free one.
        seed: as in `app`.
        faults: as in `app`.
        ready: told the base URL once requests are queued and signals are heeded.

    Raises:
        UsageError: the port can't be opened.
    """
    server = LoopbackServer(app(suite, behaviour, seed, faults))
    with listen(port) as listener:
        asyncio.run(_until_signalled(server, listener, ready))


async def _until_signalled(
    server: LoopbackServer, listener: socket.socket, ready: Callable[[str], None]
) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    ready(f"http://{HOST}:{listener.getsockname()[1]}")
    await server.serve(sockets=[listener])
