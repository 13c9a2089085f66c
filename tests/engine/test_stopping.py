"""How the server starts and stops: its addresses, its command line, its signals."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from specdouble import sockets
from specdouble.sockets import ServeError, listen, port_of
from tests.engine.listening import listening, skip_to
from tests.ports import free_ports, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent


# -- starting and stopping -----------------------------------------------------------------------------------------


def specdouble(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "specdouble", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_port_in_use_is_one_clear_line_and_a_failure() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken, (free,) = int(holder.getsockname()[1]), free_ports(1)
        for ports in ((taken, free), (free, taken)):
            done = specdouble("serve", "--port", str(ports[0]), "--registry-port", str(ports[1]))
            assert done.returncode == 2
            assert done.stdout == ""
            assert done.stderr.count("\n") == 1
            assert f"port {taken} on localhost is in use" in done.stderr
            option = "--port" if ports[0] == taken else "--registry-port"
            assert done.stderr.endswith(f"choose another with {option}.\n")


def test_an_address_that_is_not_ours_is_told_the_same_way() -> None:
    for host in ("192.0.2.1", "no-such-name.invalid"):
        with pytest.raises(ServeError, match=f"^{host} is no address of this machine"):
            listen(host, 8085)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--prot", "1"], "--prot"),
        (["serve", "--port", "-1"], "-1"),
        (["serve", "--port", "x"], "x"),
        (["serve", "--port", "8085", "--registry-port", "8085"], "both auth_gateway and registry"),
        (["srve"], "Did you mean 'serve'?"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(arguments: list[str], said: str) -> None:
    done = specdouble(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "", "::1"])
def test_no_two_sockets_have_one_port(host: str) -> None:
    with contextlib.ExitStack() as held:
        first = listen(host, 0)
        for one in first:
            held.enter_context(one)
        port = port_of(first)
        assert {one.getsockname()[1] for one in first} == {port}
        with pytest.raises(ServeError, match=f"port {port}.* is in use"):
            listen(host, port)
        for name in {"localhost", "127.0.0.1", "::1"} if host in ("", "localhost") else {host}:
            socket.create_connection((name, port), 2).close()


def test_a_port_that_was_left_a_moment_ago_is_free() -> None:
    (first,) = listen("127.0.0.1", 0)
    port = port_of([first])
    with socket.create_connection(("127.0.0.1", port), 2):
        taken, _ = first.accept()
        taken.close()  # whoever closes first keeps the address in TIME_WAIT
    first.close()
    for one in listen("127.0.0.1", port):
        one.close()


def test_a_machine_without_ipv6_still_has_a_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    made = socket.socket

    def without(family: int, *more: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return made(family, *more)

    monkeypatch.setattr(sockets.socket, "socket", without)
    (one,) = listen("localhost", 0)
    with one:
        assert one.getsockname()[0] == "127.0.0.1"


def test_a_system_whose_loop_takes_no_signals_is_stopped_all_the_same(tmp_path: Path) -> None:
    """Windows has no `add_signal_handler`."""
    program = tmp_path / "stopped.py"
    program.write_text(
        "import asyncio, sys\n"
        "def missing(*_): raise NotImplementedError\n"
        "asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = missing\n"
        "sys.modules['uvloop'] = None\n"
        "from specdouble.cli.main import main\n"
        "sys.argv[1:] = ['serve', '--port', '0', '--registry-port', '0']\n"
        "main()\n"
    )
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert any("Ctrl+C" in line for line in run.stdout)
        time.sleep(0.5)
        run.send_signal(signal.SIGTERM)
        assert run.wait(10) == 0


def test_what_was_asked_before_the_end_is_answered() -> None:
    """SIGTERM under load: every request has its response, and a last one announces that the connection closes."""
    command = [sys.executable, "-m", "specdouble", "serve", "--port", "0", "--registry-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        base = next(found[0] for line in run.stdout if (found := re.search(r"http://localhost:\d+", line)))
        wait_for(int(base.rpartition(":")[2]))
        wrong: list[object] = []
        closes: list[bool] = []

        def ask() -> None:
            with httpx.Client(base_url=base, timeout=10) as client:
                while True:
                    try:
                        reply = client.get("/healthz")
                    except httpx.ConnectError:
                        return  # nobody is there any more
                    except httpx.HTTPError as error:
                        wrong.append(error)
                        return
                    if reply.status_code != 200:
                        wrong.append(reply)
                    if reply.headers.get("connection") == "close":
                        closes.append(True)
                        return

        with ThreadPoolExecutor(8) as pool:
            asking = [pool.submit(ask) for _ in range(8)]
            time.sleep(1)
            run.send_signal(signal.SIGTERM)
            for one in asking:
                one.result(20)
        assert run.wait(10) == 0
    assert wrong == []
    assert closes == [True] * 8


def test_an_unknown_world_lists_the_known_ones() -> None:
    gateway, registry = map(str, free_ports(2))
    done = specdouble("serve", "--port", gateway, "--registry-port", registry, "--world", "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("specdouble: there is no world called 'nowhere'. Choose one of: default")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_two_ports_until_it_is_stopped(stop: signal.Signals) -> None:
    gateway, registry = free_ports(2)
    command = [sys.executable, "-m", "specdouble", "serve", "--port", str(gateway), "--registry-port", str(registry)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as run:
        try:
            wait_for(gateway)
            wait_for(registry)
            assert httpx.get(f"http://127.0.0.1:{registry}/v1/health").status_code == 200
            login = {"email": "user@example.com", "password": "s3cure!"}
            token = httpx.post(f"http://127.0.0.1:{gateway}/v1/auth/login", json=login).json()["access_token"]
            with listening(f"http://127.0.0.1:{gateway}/v1/events/stream?token={token}") as lines:
                skip_to(lines, ": connected")
                run.send_signal(stop)
                out, err = run.communicate(timeout=10)  # an open stream does not keep it
        finally:
            run.kill()
    assert "Traceback" not in err
    assert f"http://localhost:{gateway}" in out
    assert run.returncode in (0, -stop)
