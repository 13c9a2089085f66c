"""Streams come and go in threads of their own while others are told of events."""

from __future__ import annotations

import sys
import threading

from specdouble.mock.state.events import Hub, Listener
from specdouble.mock.state.world import PLAIN

EVENT = {"id": 1, "user_id": "ada", "type": "said", "payload": {}}


def test_streams_come_and_go_while_events_are_published() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    hub = Hub()
    until = threading.Event()
    failed: list[RuntimeError] = []

    def come_and_go(name: str) -> None:
        try:
            while not until.is_set():
                listener = Listener(name, [], PLAIN)
                hub.join(listener)
                hub.leave(listener)
        except RuntimeError as error:
            failed.append(error)

    threads = [
        threading.Thread(target=come_and_go, args=("ada" if number % 2 else f"u{number}",)) for number in range(6)
    ]
    stays = Listener("ada", [], PLAIN)
    hub.join(stays)
    for one in threads:
        one.start()
    try:
        for _ in range(800):
            hub.publish(EVENT)
            hub.review()
            hub.close("nobody")
            assert hub.clients >= 1
            assert hub.has("ada")
    finally:
        sys.setswitchinterval(before)
        until.set()
        for one in threads:
            one.join()
    assert not failed
    assert len(stays.frames) == 801
    hub.leave(stays)
    assert (hub.clients, hub.channels) == (0, 0)


def test_who_leaves_while_events_are_published_hides_no_other() -> None:
    hub = Hub()
    first, second = Listener("ada", [], PLAIN), Listener("ada", [], PLAIN)
    first.wake = lambda: hub.leave(first)
    hub.join(first)
    hub.join(second)
    hub.publish(EVENT)
    assert len(second.frames) == 2
    assert hub.clients == 1
