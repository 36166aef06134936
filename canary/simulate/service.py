"""What happens to one request: key, body, rules, fault or reply. How it goes out is `delivery`'s."""

import itertools
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import Receive, Scope, Send

from canary.domain.suite import Suite
from canary.simulate import wire
from canary.simulate.answering import Answer, Answerer
from canary.simulate.behaviour import Behaviour
from canary.simulate.delivery import Delivery, Outgoing
from canary.simulate.faults import IN_THE_ANSWER, Fault, Faults, Met, asked_fault, refusal, retry_headers
from canary.simulate.memory import Conversations
from canary.simulate.models import Models
from canary.simulate.protocol import Body, Heard, Protocol, Refused, Reply

WRONG_KEY = "sk-wrong"
"""Keys that begin so are refused; any other is taken, and none too, unless the service was told its keys."""
FAULT_HEADER = "x-canary-fault"
_PAGE = b"<!doctype html><title>simulated</title><h1>This page is not the answer</h1>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """One request before its body is read."""

    scope: Scope
    receive: Receive
    headers: Mapping[str, str]
    request_id: str

    @property
    def anthropic(self) -> bool:
        """Whether a client of Anthropic's API sent it, by its headers."""
        return "anthropic-version" in self.headers or "x-api-key" in self.headers


class Service:
    """The simulated provider, less its sockets.

    Attributes:
        requests: the last `remember` requests, oldest first.
        delivery: how answers go out.
    """

    def __init__(
        self,
        suite: Suite,
        behaviour: Behaviour,
        *,
        seed: int,
        faults: Sequence[Fault],
        keys: Sequence[str],
        models: Sequence[str],
        remember: int,
    ) -> None:
        self.requests: deque[wire.RecordedRequest] = deque(maxlen=remember)
        self.delivery = Delivery()
        self._answerer = Answerer(suite, behaviour, seed)
        self._faults = Faults(faults, seed)
        self._keys = frozenset(keys)
        self._models = Models(models)
        self._conversations = Conversations()
        self._serial = itertools.count(1)

    def incoming(self, scope: Scope, receive: Receive) -> Incoming:
        """Give a request its id."""
        request_id = f"req_{next(self._serial):016x}"
        return Incoming(scope=scope, receive=receive, headers=wire.headers_of(scope), request_id=request_id)

    async def ask(self, protocol: Protocol, incoming: Incoming, send: Send) -> None:
        """Answer a request for a reply."""
        request, heard = await self._read(protocol, incoming, counting=False)
        answer = self._answerer.answer(heard, incoming.headers, int(time.time()))
        met = self._fault(heard, answer, incoming)
        if met and met.kind not in IN_THE_ANSWER:
            await self._fail(met, protocol, incoming, send)
            return
        reply = _bent(answer.reply, met)
        if protocol.name == "responses" and request.get("store") is not False:
            self._conversations.keep(request, protocol.body(reply, heard, request))
        out = Outgoing(
            protocol=protocol,
            heard=heard,
            request=request,
            reply=reply,
            met=met,
            request_id=incoming.request_id,
        )
        await self.delivery.deliver(out, send)

    async def count(self, protocol: Protocol, incoming: Incoming, send: Send) -> None:
        """Count the input tokens of a request that is not answered."""
        _, heard = await self._read(protocol, incoming, counting=True)
        counted: dict[str, Any] = {"input_tokens": self._answerer.input_tokens(heard)}
        if protocol.name == "responses":
            counted["object"] = "response.input_tokens"
        await wire.send_json(send, 200, counted, protocol.headers(incoming.request_id))

    async def models(self, protocol: Protocol, incoming: Incoming, send: Send) -> None:
        """List the models, or show the one that the path names."""
        self._record(incoming, None)
        self._check_key(incoming.headers)
        name = incoming.scope.get("path_params", {}).get("model")
        ours = protocol.name == "messages"
        shown = self._models.one(name, anthropic=ours) if name else self._models.listed(anthropic=ours)
        await wire.send_json(send, 200, shown, protocol.headers(incoming.request_id))

    async def greet(self, protocol: Protocol, incoming: Incoming, send: Send) -> None:
        """Answer a client that only asks whether somebody is there."""
        self._record(incoming, None)
        await wire.send_json(send, 200, {"simulated": True}, protocol.headers(incoming.request_id))

    async def unknown(self, _protocol: Protocol, incoming: Incoming, _send: Send) -> None:
        """Refuse a path that does not exist."""
        self._record(incoming, None)
        path = incoming.scope["path"]
        hint = "" if path.startswith("/v1/") else "; base URLs are / for Anthropic and /v1 for OpenAI clients"
        raise Refused(f"Not found: {incoming.scope['method']} {path}{hint}", status=404, code="not_found")

    async def _read(self, protocol: Protocol, incoming: Incoming, *, counting: bool) -> tuple[Body, Heard]:
        try:
            request: Body = wire.parse(await wire.read_body(incoming.receive, incoming.headers))
        except Refused:
            self._record(incoming, None)
            raise
        self._record(incoming, request)
        self._check_key(incoming.headers)
        if protocol.name == "responses":
            request = self._conversations.expand(request)
        read = protocol.read_count if counting else protocol.read
        try:
            heard = read(request, incoming.headers)
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            # The rules name what clients get wrong in practice; a body of an outright wrong shape trips over its own.
            raise Refused(f"The request body is not of the form this API takes: {error}") from None
        self._models.check(heard.model)
        return request, heard

    def _record(self, incoming: Incoming, body: Body | None) -> None:
        scope = incoming.scope
        self.requests.append(
            wire.RecordedRequest(
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("latin-1"),
                headers=wire.redacted(incoming.headers),
                body=body,
            )
        )

    def _check_key(self, headers: Mapping[str, str]) -> None:
        scheme, _, bearer = headers.get("authorization", "").strip().partition(" ")
        given = headers.get("x-api-key", "") or (bearer.strip() if scheme.lower() == "bearer" else scheme)
        if given.startswith(WRONG_KEY) or (self._keys and given not in self._keys):
            raise Refused("Incorrect API key provided.", status=401)

    def _fault(self, heard: Heard, answer: Answer, incoming: Incoming) -> Met | None:
        """The request's own wish, then the configured faults, then those of the behaviour's rates."""
        configured = self._faults.meet(
            protocol=heard.protocol, prompt_id=answer.prompt_id, model=heard.model, key=answer.key
        )
        if FAULT_HEADER in incoming.headers:
            return asked_fault(incoming.headers[FAULT_HEADER])
        return configured or answer.fault

    async def _fail(self, met: Met, protocol: Protocol, incoming: Incoming, send: Send) -> None:
        headers = [*protocol.headers(incoming.request_id), *retry_headers(met, time.time())]
        if met.kind in {"html", "bad_gateway"}:
            await wire.start(send, 200 if met.kind == "html" else 502, "text/html", headers)
            await wire.send_body(send, _PAGE)
            return
        refused = refusal(met, protocol.name)
        await wire.send_json(send, refused.status, protocol.error(refused, incoming.request_id), headers)


def _bent(reply: Reply, met: Met | None) -> Reply:
    """The reply as the fault leaves it."""
    if met and met.kind == "no_usage":
        return replace(reply, billed=None)
    return replace(reply, unknown_block=True) if met and met.kind == "unknown_block" else reply
