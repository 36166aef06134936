"""The outside dead-man's switch is asked once, and its address is told to nobody."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from canary.daemon.ping import ping
from canary.domain.errors import CanaryError


@contextmanager
def listening(status: int) -> Iterator[tuple[str, list[str]]]:
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", paths
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_the_address_is_asked_once() -> None:
    with listening(200) as (base, paths):
        await ping(f"{base}/secret-uuid")
    assert paths == ["/secret-uuid"]


@pytest.mark.parametrize("status", [404, 503])
async def test_another_answer_is_told_without_the_address(status: int) -> None:
    with listening(status) as (base, _), pytest.raises(CanaryError) as told:
        await ping(f"{base}/secret-uuid")
    assert f"answered with status {status}" in str(told.value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/secret-uuid", "http://[secret/"])
async def test_no_answer_is_told_without_the_address(url: str) -> None:
    with pytest.raises(CanaryError, match="did not answer") as told:
        await ping(url)
    assert "secret" not in str(told.value)
