"""The provider starts on loopback alone, says where, and leaves nothing behind."""

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from canary.domain.errors import UsageError
from canary.simulate.behaviour import Behaviour
from canary.simulate.listening import HOST
from canary.simulate.server import SimulatedProvider
from tests.simulate.letter import post
from tests.simulate.requests import PATHS, PROTOCOLS, body_of
from tests.simulate.suites import SUITE

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


@pytest.fixture(scope="module")
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider(SUITE) as running:
        yield running


def test_it_listens_on_loopback_alone(provider: SimulatedProvider) -> None:
    assert provider.base_url.startswith(f"http://{HOST}:")
    assert HOST == "127.0.0.1"


def test_a_taken_port_is_one_clear_sentence(provider: SimulatedProvider) -> None:
    port = int(provider.base_url.rpartition(":")[2])
    with (
        pytest.raises(UsageError, match=f"port {port} can't be opened on 127.0.0.1") as raised,
        SimulatedProvider(SUITE, port=port),
    ):
        pass
    assert raised.value.remedy == "choose another port, or 0 for a free one"


def test_it_leaves_neither_thread_nor_port_behind() -> None:
    with SimulatedProvider(SUITE) as provider:
        port = int(provider.base_url.rpartition(":")[2])
        assert any(thread.name == "simulated-provider" for thread in threading.enumerate())
    with SimulatedProvider(SUITE, port=port) as again:
        assert post(again.base_url, PATHS["chat"], body_of("chat")).status_code == 200


@each_protocol
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_an_answer_that_waits_is_sent_whole_and_at_once_when_the_provider_stops(
    protocol: str, stream: bool
) -> None:
    answers: list[str] = []

    def ask() -> None:
        answers.append(post(waiting.base_url, PATHS[protocol], body_of(protocol, stream=stream)).text)

    slow = Behaviour(latency_s=3600.0, latency_spread=0.0, tokens_per_s=0.001, time_scale=1.0)
    with SimulatedProvider(SUITE, slow) as waiting:
        asking = threading.Thread(target=ask)
        asking.start()
        while not waiting.requests:
            asking.join(0.01)
    asking.join()
    with SimulatedProvider(SUITE) as quick:
        expected = post(quick.base_url, PATHS[protocol], body_of(protocol, stream=stream)).text
    moment = re.compile(r'"(created|created_at|completed_at)":\d+')
    assert [moment.sub("", answer) for answer in answers] == [moment.sub("", expected)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_says_where_it_is_and_stops_on_a_signal(number: signal.Signals) -> None:
    code = (
        "from canary.simulate.server import serve\n"
        "from tests.simulate.suites import SUITE\n"
        "serve(SUITE, ready=lambda url: print(url, flush=True))\n"
        "print('stopped', flush=True)\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as running:
        assert running.stdout is not None
        base_url = running.stdout.readline().strip()
        assert post(base_url, PATHS["chat"], body_of("chat")).status_code == 200
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    assert (out, err, running.returncode) == ("stopped\n", "", 0)


def test_a_closed_port_takes_no_connection() -> None:
    with SimulatedProvider(SUITE) as provider:
        port = int(provider.base_url.rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, port)) != 0
