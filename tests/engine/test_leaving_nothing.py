"""A request that was answered is let go of at once, and not when Python next looks for cycles: bodies may be large."""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from specdouble.mock.boot import Platform, boot
from specdouble.mock.testing import open_mock
from specdouble.mock.transports.rsgi.heap import give_back, let_go_of_large_bodies
from specdouble.mock.transports.thread import serving
from specdouble.packs.target import contract_of_target
from tests.engine.leaving import left
from tests.installing import ROOT

LIBRARY = ROOT / "docs" / "examples" / "library.yaml"
CONTROL: dict[str, tuple[Any, int]] = {
    "GET /__mock__/collections": (None, 200),
    "POST /__mock__/reset": ({}, 200),
    "GET /__mock__/collections/timers/none": (None, 404),
    "POST /__mock__/collections/events": ({"id": 1}, 405),
    "GET /__mock__/nothing": (None, 404),
    "PUT /__mock__/clock": ({}, 405),
    "GET /__mock__": (None, 308),
    "POST /__mock__/clock": ([1], 422),
    "POST /__mock__/faults": ({"operation": "GET /nothing"}, 422),
    "DELETE /__mock__/worlds/nothing": ({}, 404),
    "POST /__mock__/worlds": ({"name": "main"}, 409),
}


@pytest.mark.parametrize("key", CONTROL)
def test_a_request_to_the_control_plane_is_let_go_of(key: str) -> None:
    method, path = key.split()
    body, status = CONTROL[key]
    with open_mock(LIBRARY) as mock:
        client = mock.client()
        assert client.request(method, path, json=body).status_code == status
        assert left(lambda: client.request(method, path, json=body), "RequestContext", "Problem") == 0


@pytest.fixture(scope="module")
def library() -> Platform:
    return boot(contract_of_target(str(LIBRARY)))


@pytest.mark.parametrize(
    ("method", "path", "world", "status"),
    [
        ("GET", "/books", "main", 200),
        ("GET", "/books/99999", "main", 404),
        ("POST", "/books", "none", 404),
        ("POST", "/__mock__/worlds", "none", 409),
    ],
)
def test_a_request_to_a_server_is_let_go_of(library: Platform, method: str, path: str, world: str, status: int) -> None:
    """Also one to a world that is not there. The journal keeps bodies, but nothing of how they came."""
    body = {"name": "main"} if method == "POST" else None
    with serving(library) as urls, httpx.Client(base_url=next(iter(urls.values())), trust_env=False) as client:

        def ask() -> None:
            answer = client.request(method, path, json=body, headers={"X-Specdouble-World": world})
            assert answer.status_code == status, answer.text

        assert left(ask, "RSGIHTTPScope", "WorldError") == 0


class Allocated(ctypes.Structure):
    """mallinfo2 of glibc."""

    _fields_: ClassVar = [
        (name, ctypes.c_size_t)
        for name in ["heap", "ordblks", "smblks", "hblks", "mapped", "usmblks", "fsmblks", "used", "free", "keepcost"]
    ]


def mapped_after_a_large_body(server: bool) -> int:
    """Return how many bytes lie outside of the heap while 8 MiB are held, after 30 were held and freed."""
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = Allocated
    if server:
        let_go_of_large_bodies()
    del [bytes(30 << 20)][0]
    held = bytes(8 << 20)
    return int(library.mallinfo2().mapped) if held else 0


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="another C library than glibc 2.33")
def test_what_large_bodies_took_goes_back_to_the_system() -> None:
    """A body that was freed must not make the next one stay on the heap, of which nothing below its end is freed."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        plain, server = pool.map(mapped_after_a_large_body, [False, True])
    assert plain < 8 << 20, "glibc is as it was when this was written"
    assert server >= 8 << 20


def held_between_holes(gives_back: bool) -> int:
    """Return how many MiB the process takes after 64 were held in pieces, of which one in 16 is still held."""
    let_go_of_large_bodies()
    pieces = [bytes(32 << 10) for _ in range(2048)]
    del pieces[1:-1:2], pieces[1:-1:2], pieces[1:-1:2], pieces[1:-1:2]
    if gives_back:
        give_back()
    size = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    return size if pieces else 0


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="another C library than glibc 2.33")
def test_what_is_free_between_what_is_held_goes_back_to_the_system() -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        before, after = pool.map(held_between_holes, [False, True])
    assert after < before - 40, (before, after)
