"""Streams come and go in threads of their own while others are told of events."""

from __future__ import annotations

import sys
import threading

from specdouble.mock.state.events import STALLED, Hub, Listener, OpenStream
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


def test_who_has_left_does_not_join() -> None:
    hub = Hub()
    gone = Listener("ada", [], PLAIN)
    hub.expect(gone)
    assert hub.held() == [gone]
    hub.leave(gone)
    assert hub.held() == []
    hub.join(gone)
    assert hub.held() == []
    stays = Listener("ada", [], PLAIN)
    hub.expect(stays)
    hub.join(stays)
    assert hub.held() == [stays]
    assert list(hub) == [stays]


def test_streams_are_counted_by_user_here_and_elsewhere() -> None:
    hub = Hub()
    for user, channel in (("ada", ""), ("ada", "news"), ("bob", "")):
        hub.join(Listener(user, [], PLAIN, channel))
    hub.join(Listener(STALLED, [], PLAIN))  # a response that goes no further
    assert (hub.clients, hub.channels, hub.here) == (3, 2, 4)
    hub.elsewhere = lambda: [OpenStream(1, 1, 1, "bob", "", ""), OpenStream(1, 2, 1, "eve", "news", "")]
    assert hub.streams() == {"ada": 2, "bob": 2, "eve": 1}
    assert hub.streams("news") == {"ada": 1, "eve": 1}
    assert (hub.clients, hub.channels, hub.here) == (5, 3, 4)
    assert not hub.has("eve")
