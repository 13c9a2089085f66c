"""One world: its state, clock, ids, timers and event streams, shared by every service of the process."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import takewhile
from time import monotonic, perf_counter, time
from typing import Any

from specdouble.mock.faults.rules import Faults
from specdouble.mock.journal.journal import Calls, Journal
from specdouble.mock.options import Options
from specdouble.mock.state.clock import Clock, Due, Ids
from specdouble.mock.state.collections import OWN_COLLECTIONS, Collection, Doc, Snapshot, State
from specdouble.mock.state.events import EVENTS, Ending, EventFormat, Hub, Listener
from specdouble.mock.state.lasting import Lasting
from specdouble.mock.state.principals import Principals
from specdouble.mock.state.retention import Retention
from specdouble.mock.state.start import Start

EVENTS_KEPT = 500
GAP = "gap"  # the type of an event that says which others are no longer kept
SLICE_SECONDS = 0.25  # of the work of timers, after which others have their turn
MAIN = "main"  # the world that a server starts with
KEEPER = "state keeper"  # whom `World.shared` names so, if anybody, makes worlds outlive the process
log = logging.getLogger("specdouble")
_NEVER = float("inf")

Timer = Callable[..., object]
Message = Doc | Ending | Listener  # an event, streams that are to end, or one that begins
NOBODY = Principals()
PLAIN = EventFormat()


class World:
    """Everything that a handler may read or change: an isolated state with its own clock, ids, streams and journal.

    ``timers`` maps a name to the function that runs when such a timer is due; it is called with the world and the
    payload that was given to ``later``. ``remember`` holds per-world helpers that are derived, never state (caches), by
    name, ``shared`` those of all worlds of a server (signing keys, the bound operations of each service);
    ``recent`` the times of the last calls by client and operation, where rate limits are on;
    ``urls`` where its services listen, by name, as long as somebody serves them on a port; ``principals`` are whom
    callers may be, and ``events`` is how events are written; ``faults`` are the rules that fail or delay requests, and
    ``journal`` is what was asked, of which ``watchers`` are told.

    ``mark`` stands in the tokens that a world issues, "" in those of the one that a server starts with; ``honours`` are
    the marks of the tokens that it takes. ``made_at`` is real time (epoch seconds), ``requests`` counts what was asked
    of it, ``used`` is when that was last (as `time.perf_counter`). ``lasting`` makes it outlive the process, if anybody
    does.
    """

    def __init__(
        self,
        options: Options,
        collections: Iterable[Collection] = (),
        timers: dict[str, Timer] | None = None,
        principals: Principals = NOBODY,
        events: EventFormat = PLAIN,
        name: str = MAIN,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.options = options
        self.clock = clock or Clock()
        self.ids = Ids(options.seed if name == MAIN or options.seed is None else f"{options.seed}/{name}")
        self._declared = tuple(collections)
        self.state = State((*OWN_COLLECTIONS, *self._declared), self.clock.stamp)
        self._retention = Retention(self.state)
        self.mark = ""
        self.honours = frozenset(("",))
        self.made_at = time()
        self.requests = 0
        self.used = perf_counter()
        self.hub = Hub()
        self.journal = Journal(options.journal_size, options.journal_bytes, options.journal_body, principals.id, name)
        self.watchers = Hub()  # of the journal; a reset does not end them
        self.faults = Faults(options.seed, principals.id)
        self.lock = threading.RLock()
        self.remember: dict[str, Any] = {}
        self.shared: dict[str, Any] = {}
        self.recent: dict[tuple[str, str], deque[float]] = {}
        self.urls: dict[str, str] = {}
        self.principals = principals
        self.events = events
        self._timers = {} if timers is None else timers
        self._pending: list[Message] = []
        self._next_due = _NEVER
        self._due: Due | None = None  # while timers run
        self.start = Start(State((*OWN_COLLECTIONS, *self._declared), self.clock.stamp), timeless=True)
        self.renew: Callable[[str], Start] | None = None  # gives seed data by name, with today's times
        self.lasting: Lasting | None = None

    def serial(self, name: str) -> int:
        """Return the next integer of a counter; integers are never given twice."""
        counters = self.state["counters"]
        held = counters.get(name)
        value: int = (held["value"] if held else 0) + 1
        counters.put({"name": name, "value": value})
        return value

    def emit(self, user_id: str, kind: str, payload: dict[str, Any]) -> int:
        """Publish an event to one user's streams once the request is committed; return its number."""
        events, number = self.state["events"], self.serial("events")
        event = {"id": number, "user_id": user_id, "type": kind, "payload": payload, "ts": self.clock.stamp()}
        events.add(event)
        if events.count(user_id=user_id) > EVENTS_KEPT:
            oldest = events.first(user_id=user_id)
            if oldest is not None:
                events.remove(oldest["id"])
                self.state["counters"].put({"name": f"events lost {user_id}", "value": oldest["id"]})
        self._pending.append(event)
        return number

    def missed(self, user_id: str, after: int) -> list[Doc]:
        """Return a user's events since the one with that number, oldest first, for a stream that is taken up again.

        Where some of them are no longer kept, or the number is of a world that was reset since, an event of the type
        `GAP` says so first; what is kept follows.
        """
        counters = self.state["counters"]
        newest, lost = counters.get("events"), counters.get(f"events lost {user_id}")
        gap: list[Doc] = []
        if after > (newest["value"] if newest else 0):
            gap, after = [self._gap(user_id, after, 0)], 0
        elif lost is not None and after < lost["value"]:
            gap = [self._gap(user_id, after, lost["value"])]
        kept = list(takewhile(lambda event: event["id"] > after, self.state["events"].newest(user_id=user_id)))
        return [*gap, *reversed(kept)]

    def _gap(self, user_id: str, after: int, until: int) -> Doc:
        payload = {"after": after, "until": until}
        return {"id": until, "user_id": user_id, "type": GAP, "payload": payload, "ts": self.clock.stamp()}

    def send(self, event: Doc) -> None:
        """Publish an event that is kept elsewhere to the streams of its ``user_id`` and ``channel``, once committed."""
        self._pending.append(event)

    def listen(
        self, user_id: str, missed: list[Doc], channel: str = EVENTS, wire: EventFormat | None = None
    ) -> Listener:
        """Open a stream of a user's events once committed; it begins with those that were missed, oldest first."""
        listener = Listener(user_id, missed, wire or self.events, channel)
        self._pending.append(listener)
        return listener

    def heard(self, user_id: str) -> bool:
        """Tell whether a stream of a user may be open: here, or at another server that has the same worlds."""
        return self.hub.has(user_id) or (self.lasting is not None and self.lasting.shared)

    def end_streams(self, user_id: str, session_id: str | None = None) -> None:
        """End the streams of a user, or those of one session of theirs, once committed."""
        self._pending.append(Ending(user_id, session_id))

    def mail(self, to: str, subject: str, **content: Any) -> Doc:
        """Put a message into the outbox, which the control plane shows; nothing is ever sent."""
        own = {"id": self.serial("outbox"), "to": to, "subject": subject}
        return self.state["outbox"].add({**own, **content, "sent_at": self.clock.stamp()})

    def later(self, seconds: float, name: str, /, **payload: Any) -> int:
        """Run the timer function ``name`` in that many seconds of the world's time; returns the timer's id."""
        return self.at(self.clock.now() + seconds, name, **payload)

    def at(self, when: float, name: str, /, **payload: Any) -> int:
        """Run the timer function ``name`` at that time (epoch seconds); returns the timer's id."""
        if name not in self._timers:
            raise LookupError(f"no timer function is called {name!r}")
        number = self.serial("timers")
        self.state["timers"].add({"id": number, "at": when, "name": name, "payload": payload})
        self._next_due = min(self._next_due, when)
        if self._due is not None:
            self._due.add(when, number)
        return number

    def cancel_timers(self, name: str, /, **payload: Any) -> None:
        """Forget the timers of that name whose payload holds those values."""
        timers = self.state["timers"]
        for timer in timers:
            if timer["name"] == name and all(timer["payload"].get(key) == value for key, value in payload.items()):
                timers.remove(timer["id"])

    def secret(self, name: str, make: Callable[[], str]) -> str:
        """Return a text that outlives the process where the state does; it is made when it is first asked for."""
        keeper: Lasting | None = self.shared.get(KEEPER)
        return make() if keeper is None else keeper.secret(name, make)

    def calls(self, operation: str | None = None, **wanted: Any) -> Calls:
        """Return what was asked, oldest first: see `Journal.calls`."""
        return self.journal.calls(operation, **wanted)

    # -- what the engine does ---------------------------------------------------------------------------------

    @property
    def timers(self) -> set[str]:
        """The names of the timer functions."""
        return set(self._timers)

    @property
    def settled(self) -> bool:
        """Whether every timer has run whose time has come."""
        return self._next_due > self.clock.now()

    def run_due(self, seconds: float = _NEVER) -> None:
        """Run every timer whose time has come, each in its own transaction and moment, in order of time.

        However far the clock was moved, a timer sees the time it was due at: what it starts goes on from there.
        A timer that fails is logged and dropped, and what it wrote is undone: it must not break who calls next.
        What is left after so many `seconds` of work waits for the next call, so that nobody else waits longer.
        """
        now = self.clock.now()
        if self._next_due > now and self._retention.due > now:
            return
        until = monotonic() + seconds
        self.writing()
        with self.lock:
            if self._retention.due <= now:
                self._retention.sweep(now)
                self.commit()
            timers = self.state["timers"]
            self._due = due = Due((one["at"], one["id"]) for one in timers if one["at"] <= now)
            try:
                while monotonic() <= until:
                    if (first := due.first(now)) is None:
                        self.reschedule()
                        return
                    timer = timers.get(first[1])
                    if timer is not None and timer["at"] == first[0]:  # else it was cancelled or never came to be
                        self._run(timer)
            finally:
                self._due = None

    def _run(self, timer: Doc) -> None:
        timers = self.state["timers"]
        timers.remove(timer["id"])
        late = self.clock.now() - timer["at"]
        self.clock.offset -= late
        try:
            self._timers[timer["name"]](self, **timer["payload"])
        except Exception:
            log.exception("timer %s failed", timer["name"])
            self.rollback()
            timers.remove(timer["id"])
        finally:
            self.clock.offset += late
        self.commit()

    def commit(self) -> None:
        """Keep what was written and publish its events."""
        if self.state.dirty:
            self._retention.trim()
        if self.lasting is not None:
            self.lasting.commit(self, self._pending)
        self.state.commit()
        if self._pending:
            pending, self._pending = self._pending, []
            if self.lasting is None or not self.lasting.shared:
                self.publish(pending)

    def publish(self, messages: Iterable[Message]) -> None:
        """Tell the open streams, in order, what was committed."""
        for message in messages:
            if isinstance(message, Listener):
                self.hub.join(message)
            elif isinstance(message, Ending):
                self.hub.close(message.user_id, message.session_id)
            else:
                self.hub.publish(message)

    def writing(self) -> None:
        """Say that writing begins; who shares its state with others must have its turn by then (`TurnNeeded`)."""
        if self.lasting is not None:
            self.lasting.writing()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what is written inside, and drop its events, when it ends in an exception; what came before stays."""
        mark, sent = self.state.mark(), len(self._pending)
        try:
            yield
        except Exception:
            self.state.rollback(mark)
            del self._pending[sent:]
            self.reschedule()
            raise

    def rollback(self) -> None:
        """Undo what was written and drop its events."""
        self._pending.clear()
        if self.state.dirty:
            self.state.rollback()
            self.reschedule()

    def keep_as_pristine(self) -> None:
        """Remember the present documents as those that ``reset`` returns to."""
        self.writing()
        self.state.commit()
        self.start = replace(self.start, state=self.state.fork(self.clock.stamp), kept_at=self.clock.now())
        self.reschedule()
        if self.lasting is not None:
            self.lasting.begun(self, keep_sign_ins=False)

    @property
    def pristine(self) -> Snapshot:
        """The documents that ``reset`` returns to."""
        return self.start.state.snapshot()

    @property
    def seed_data(self) -> str:
        """The name of the seed data that it began from, "" for a fork."""
        return self.start.seed_data

    def like(self, name: str, clock: Clock | None = None) -> World:
        """Return an empty world with the same settings, collections and timers."""
        made = World(self.options, self._declared, self._timers, self.principals, self.events, name, clock)
        made.shared = self.shared
        made.faults.like(self.faults)
        made.journal.operations = self.journal.operations
        made.renew = self.renew
        return made

    def present(self, keep_sign_ins: bool = False) -> Start:
        """Return what the world holds now as what another one may begin from, without what people are signed in by."""
        with self.lock:
            state = self.state.fork(self.clock.stamp)
            if not keep_sign_ins:
                state.take_sign_ins(self.start.state)
            root = self.start.root or self.start
            return Start(state, "", self.clock.now(), self.clock.offset, timeless=True, root=root)

    def reset(self, *, keep_sign_ins: bool = False) -> None:
        """Return to what the world began from, and to the time of then; open streams end.

        Seed data that have grown old are written anew, so that what is to happen in half an hour never has happened.
        """
        with self.lock:
            self.clock.reset()
            start = self.start
            if self.renew is not None and start.seed_data and start.is_old(self.clock.now()):
                start = self.renew(start.seed_data)
            self.begin(start, keep_sign_ins=keep_sign_ins)

    def begin(self, start: Start, *, keep_sign_ins: bool = False) -> None:
        """Begin anew from that; costs the same whatever the size of either."""
        self.writing()
        with self.lock:
            self.begun(start, keep_sign_ins=keep_sign_ins)
            if self.lasting is not None:
                self.lasting.begun(self, keep_sign_ins)

    def begun(self, start: Start, *, keep_sign_ins: bool = False) -> None:
        """Let it be as if it had just begun from that, which nobody is told."""
        with self.lock:
            self.have(start, keep_sign_ins=keep_sign_ins)
            self.journal.clear()
            self.faults.reset()
            self.recent.clear()

    def have(self, start: Start, *, keep_sign_ins: bool = False) -> None:
        """Hold the documents that it begins from, at their time; streams end, and what was asked of it stays."""
        self.clock.reset()
        self.clock.offset = start.offset
        self._pending.clear()
        self.state.take(start.state, keep_sign_ins=keep_sign_ins)
        self._retention.due = 0.0
        self.start = start
        self.reschedule()
        self.hub.close()

    def was_used(self, at: float) -> None:
        """Hear that it was used at that time (epoch seconds), perhaps at another server."""
        self.used = max(self.used, perf_counter() - max(time() - at, 0.0))

    def end(self) -> None:
        """Close the streams and forget everything."""
        with self.lock:
            self.hub.close()
            self.watchers.close()
            self.state.let_go()
            self.remember.clear()
            self.journal.clear()
            self._next_due = _NEVER

    def restore(self, snapshot: Snapshot) -> None:
        """Replace all documents."""
        self.writing()
        with self.lock:
            self._pending.clear()
            self.state.restore(snapshot)
            self.reschedule()
            if self.lasting is not None:
                self.lasting.replaced(self)

    def reschedule(self) -> None:
        """Look anew which timer is due next."""
        self._next_due = min((float(timer["at"]) for timer in self.state["timers"]), default=_NEVER)
