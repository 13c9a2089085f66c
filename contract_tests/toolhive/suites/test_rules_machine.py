"""Rules of workloads, groups, clients and secrets."""

from __future__ import annotations

import time
from typing import Any

import pytest

from specdouble.verify.kit import NOBODY, Check, Reply, Session, rule

from .. import things
from ..things import GROUP, LIST, SECRETS, SETUP, STATUS, WORKLOAD, WORKLOADS, A

SETTLES = 30.0  # seconds that a machine may take for a workload
ONE = f"{A}/workloads/{{name}}"
EDIT, STOP, RESTART, UPGRADE = (f"POST {ONE}/{verb}" for verb in ("edit", "stop", "restart", "upgrade"))
EXPORT, CHECK, *LOGS = (f"GET {ONE}/{what}" for what in ("export", "upgrade-check", "logs", "proxy-logs"))
DELETE = f"DELETE {ONE}"
BULK = tuple(f"POST {A}/workloads/{verb}" for verb in ("stop", "restart", "delete"))


def _one(session: Session, op: str, name: str, **more: Any) -> Reply:
    return session.send(op, NOBODY, params={"name": name}, **more)


def _row(session: Session, name: str, **query: Any) -> Any:
    rows = session.send(LIST, NOBODY, query=query).need().json["workloads"]
    return next((one for one in rows if one["name"] == name), None)


def _becomes(session: Session, check: Check, op: str, name: str, *states: str) -> None:
    """Wait until a workload is in one of these states, "" for gone; what happens meanwhile is up to the machine."""
    until = time.monotonic() + SETTLES
    while True:
        reply = _one(session, STATUS, name)
        seen = reply.json["status"] if reply.ok else ""
        if seen in states or time.monotonic() > until:
            break
        time.sleep(0.2)
    check.must(seen in states, f"a workload is {seen or 'gone'} in the end", reply, op=op, expected=states, got=seen)


@rule("THV-01", WORKLOADS, STOP, RESTART, DELETE, STATUS, LIST)
def test_a_workload_runs_stops_and_goes(session: Session, check: Check) -> None:
    """A workload runs a while after it was made or restarted, stops, is listed then only with `all`, and can go."""
    name = things.workload(session)
    _becomes(session, check, WORKLOADS, name, "running")
    check.that(_row(session, name) is not None, "a workload that runs is not listed", op=LIST)
    for op, state in ((STOP, "stopped"), (RESTART, "running"), (STOP, "stopped")):
        check.status(_one(session, op, name), 202)
        _becomes(session, check, op, name, state)
    check.equal(_row(session, name), None, "a stopped workload is listed", op=LIST)
    check.that(_row(session, name, all=True) is not None, "`all` leaves out a stopped workload", op=LIST)
    check.status(_one(session, DELETE, name), 202)
    _becomes(session, check, DELETE, name, "")


@rule("THV-02", *BULK)
def test_several_are_named_or_a_group(session: Session, check: Check) -> None:
    """Names or a group say which; both or none are refused, names that nobody has are passed over."""
    for op, state in zip(BULK, ("stopped", "running", ""), strict=True):
        group = things.group(session)
        mine, theirs, named = things.workload(session, group=group), things.workload(session), things.workload(session)
        _becomes(session, check, WORKLOADS, theirs, "running")
        for body in ({}, {"names": [mine], "group": group}, {"group": "nobody-has-this"}):
            check.status(session.send(op, NOBODY, body=body), 400, about=str([*body]))
        check.status(session.send(op, NOBODY, body={"group": group}), 202)
        check.status(session.send(op, NOBODY, body={"names": [named, "nobody-has-this"]}), 202)
        _becomes(session, check, op, mine, state)
        _becomes(session, check, op, named, state)
        check.equal(_one(session, STATUS, theirs).json, {"status": "running"}, "another workload changes", op=op)


@rule("THV-03", GROUP, LIST, f"GET {A}/groups/{{name}}")
def test_a_group_that_goes_leaves_or_takes_its_workloads(session: Session, check: Check) -> None:
    """The workloads of a deleted group move to `default`, or go with it where `with-workloads` says so."""
    for query, where in (({}, "default"), ({"with-workloads": True}, "")):
        group = things.group(session)
        name = things.workload(session, group=group)
        listed = session.send(LIST, NOBODY, query={"all": True, "group": group})["workloads"]
        check.equal([one["name"] for one in listed], [name], "a group lists others than its own", op=LIST)
        things.client(session, "roo-code", groups=[group])
        shown = _one(session, f"GET {A}/groups/{{name}}", group)
        check.equal(shown["registered_clients"], ["roo-code"], "a group does not show its client", shown)
        check.status(_one(session, GROUP, group, query=query), 204)
        if where:
            moved = check.ok(_one(session, WORKLOAD, name))
            check.equal(moved["group"], where, "a workload is in a lost group", moved)
        else:
            _becomes(session, check, GROUP, name, "")
    check.status(_one(session, GROUP, "default"), 400)


@rule("THV-04", WORKLOADS, WORKLOAD, LIST, EXPORT, EDIT, *LOGS)
def test_all_forms_of_a_workload_agree(session: Session, check: Check) -> None:
    """List, configuration, export and logs are of one workload; an edit keeps its name and, unless given, its port."""
    name = session.users.fresh("wl")
    made = session.send(WORKLOADS, NOBODY, body={"name": name, "image": things.IMAGE, "transport": "sse"}).need()
    check.equal(made["name"], name, "another name comes back", made)
    again = session.send(WORKLOADS, NOBODY, body={"name": name, "image": "other"})
    check.status(again, 409, message="a name is taken twice")
    for _ in range(2):
        config, row, saved = (_one(session, op, name) for op in (WORKLOAD, LIST, EXPORT))
        row_ = _row(session, name, all=True) or {}
        for reply, port in ((config, config["proxy_port"]), (row, row_.get("port")), (saved, saved["port"])):
            check.equal(port, made["port"], "the port is another one", reply, about="port")
        check.equal(row_.get("package"), config["image"], "the image is another one", row)
        made = _one(session, EDIT, name, body={"image": f"{things.IMAGE}-edited"}).need()
    check.equal(config["image"], f"{things.IMAGE}-edited", "an edit is lost", config)
    for op in LOGS:
        log = _one(session, op, name).need()
        check.that(log.media_type == "text/plain" and log.text.strip(), "a log says nothing", log)


@rule("THV-05", UPGRADE, CHECK, f"GET {A}/workloads/upgrade-check")
def test_an_upgrade_takes_the_image_of_the_registry(session: Session, check: Check) -> None:
    """A workload of the registry with another image can be upgraded, once; checks alone change nothing."""
    servers = session.send(f"GET {A}/registry/{{name}}/servers", NOBODY, params={"name": "default"}).need()
    server = next(one for one in servers["servers"] if not one.get("env_vars"))
    image = server["image"].rpartition(":")[0] + ":0.0.1"
    name = things.workload(session, registry="default", server=server["name"], image=image)
    _becomes(session, check, WORKLOADS, name, "running")
    check.status(_one(session, STOP, name), 202)
    _becomes(session, check, STOP, name, "stopped")
    every = session.send(f"GET {A}/workloads/upgrade-check", NOBODY, query={"all": True}).need()
    found = [one["status"] for one in every["results"] if one["workload_name"] == name]
    check.equal(found, ["upgrade-available"], "`all` does not show an upgrade", every)
    for op, status in ((CHECK, "upgrade-available"), (UPGRADE, ""), (CHECK, "up-to-date"), (UPGRADE, "up-to-date")):
        reply = check.ok(_one(session, op, name, **({"body": {}} if op == UPGRADE else {})))
        check.that(not status or reply["result"]["status"] == status, "another status", reply, expected=status)
    check.equal(_one(session, WORKLOAD, name)["image"], server["image"], "the image stays", op=UPGRADE)


@pytest.mark.alone
@rule("THV-06", things.CLIENTS, things.CLIENT, f"GET {A}/clients", f"GET {A}/discovery/clients")
def test_a_client_is_in_a_group_until_it_leaves(session: Session, check: Check) -> None:
    """Without groups a client is in `default`; discovery shows it as registered; leaving is taken more than once."""
    check.status(_one(session, things.CLIENT, "windsurf"), 204)
    for there in (True, False):
        if there:
            things.client(session, "windsurf")
        listed = session.send(f"GET {A}/clients", NOBODY).need()
        groups = [one["groups"] for one in listed.json if one["name"] == "windsurf"]
        check.equal(groups, [["default"]] if there else [], "the groups are others", listed)
        known = session.send(f"GET {A}/discovery/clients", NOBODY).need()
        flags = [one["registered"] for one in known["clients"] if one["client_type"] == "windsurf"]
        check.equal(flags, [there], "discovery says something else", known)
        check.status(_one(session, things.CLIENT, "windsurf"), 204)


@pytest.mark.alone
@rule("THV-07", SETUP, SECRETS, f"GET {A}/secrets/default", f"GET {A}/secrets/default/keys")
def test_the_provider_says_what_can_be_done(session: Session, check: Check) -> None:
    """What a provider cannot do is refused with 405, and its capabilities say so."""
    for kind, able in (("environment", False), ("encrypted", True)):
        check.status(session.send(SETUP, NOBODY, body={"provider_type": kind}), 201)
        shown = session.send(f"GET {A}/secrets/default", NOBODY).need()
        check.equal(shown["provider_type"], kind, "the provider is another one", shown)
        check.equal(shown["capabilities"]["can_write"], able, "its capabilities are others", shown)
        body = {"key": session.users.fresh("key"), "value": "a value that nobody may see"}
        check.status(session.send(SECRETS, NOBODY, body=body), 201 if able else 405)
        listed = session.send(f"GET {A}/secrets/default/keys", NOBODY)
        check.that(able == listed.ok and (able or listed.status == 405), "listing", listed)
