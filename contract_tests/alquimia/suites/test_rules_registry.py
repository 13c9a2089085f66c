"""Rules of agentspaces and what is in them, of validation, and of versions."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, Reply, Session, rule

from .. import things

AGENTS = (things.AGENTS, things.UPSERT, things.DELETE_AGENTS)
NONE = "nobody-has-this"


def _send(session: Session, op: str, where: str = "", **more: Any) -> Reply:
    query = {**({"agentspace_id": where} if where else {}), **more.pop("query", {})}
    return session.send(op, session.users.credential(session.contract[op]), query=query, **more)


def _keys(reply: Reply, name: str) -> list[str]:
    return sorted(str(one.get(name)) for one in reply.need().json)


@rule("ALQ-01", things.CREATE, things.SPACE, things.UPDATE, things.SPACES)
def test_an_agentspace_has_defaults_and_one_name(session: Session, check: Check) -> None:
    """Name and namespace together stand once (400); what is not said has a default; an update leaves the rest."""
    body = {"name": session.users.fresh("space"), "namespace": session.users.fresh("ns"), "description": "Ours"}
    made = check.ok(_send(session, things.CREATE, body=body))
    for name, value in {**body, "tag": "latest", "visibility": "private", "status": "enabled", "on_hold": []}.items():
        check.equal(made.json[name], value, f"{name} is another one", made)
    check.status(_send(session, things.CREATE, body=body), 400, message="a name is taken twice")
    where, other = made.json["agentspace_id"], things.space(session)
    check.that(where != other, "two have one id", made)
    changed = check.ok(_send(session, things.UPDATE, body={"agentspace_id": where, "tag": "v9"}))
    check.equal(changed.json, {**made.json, "tag": "v9"}, "an update changes the rest", changed)
    check.equal(_send(session, things.SPACE, where).json, changed.json, "an update is lost", op=things.UPDATE)
    for query, ids in (({"namespace": body["namespace"]}, [where]), ({**body, "tag": "v1"}, [])):
        found = _send(session, things.SPACES, body=query)
        check.equal(_keys(found, "agentspace_id"), ids, "a filter finds others", found)
    whole = {one["agentspace_id"] for one in check.ok(_send(session, things.SPACES, body={})).json}
    check.that({where, other} <= whole, "an empty filter does not find all", op=things.SPACES)


@rule("ALQ-02", things.DROP, things.SPACE, things.AGENTS, things.SECRETS, things.PARAMETERS)
def test_an_agentspace_takes_along_what_it_holds(session: Session, check: Check) -> None:
    """What an agentspace holds is its own, and goes with it."""
    where, other = things.space(session), things.space(session)
    for one in (where, other):
        things.agent(session, one)
        things.secret(session, one)
        things.parameter(session, one)
    lists = (things.AGENTS, things.SECRETS, things.PARAMETERS)
    before = [_send(session, op, other).need().json for op in lists]
    check.that(all(len(one) == 1 for one in before), "what is in another agentspace is shown", op=things.AGENTS)
    check.ok(_send(session, things.DROP, where))
    for op in (things.SPACE, things.DROP, *lists):
        check.status(_send(session, op, where), 404, op=op)
    check.equal([_send(session, op, other).json for op in lists], before, "another one changes", op=things.DROP)


@rule("ALQ-03", *AGENTS)
def test_an_agent_is_written_whole_under_its_id(session: Session, check: Check) -> None:
    """Writing again replaces an agent, members that no schema names are kept, and any member may be asked for."""
    where = things.space(session)
    agent = {**things.agent(session, where), "team": "red", "nickname": "Second"}
    for one in (agent, {name: value for name, value in agent.items() if name != "description"}):
        written = check.ok(_send(session, things.UPSERT, where, body=one))
        (shown,) = check.ok(_send(session, things.AGENTS, where)).json
        for name, value in one.items():
            check.equal(written.json.get(name), value, f"{name} is lost", written)
            check.equal(shown.get(name), value, f"{name} is lost", op=things.UPSERT)
    check.that(not shown.get("description"), "what is left out stays", op=things.UPSERT)
    for query, count in (({"team": "red"}, 1), ({"team": "blue"}, 0), ({"nickname": "Helper"}, 0)):
        found = check.ok(_send(session, things.AGENTS, where, body=query))
        check.equal(len(found.json), count, "a filter finds others", found, about=str(query))
    check.status(_send(session, things.UPSERT, NONE, body=agent), 404)


@rule("ALQ-04", *things.DELETES)
def test_a_filter_deletes_what_fits(session: Session, check: Check) -> None:
    """A deletion takes what fits and counts it, nothing else; an empty filter is refused (400)."""
    where = things.space(session)
    keep, go = (things.agent(session, where) for _ in range(2))
    for key in ("tone", "other"):
        things.secret(session, where, key)
        things.ask(session, things.ADD_PARAMETER, where, body={"key": key, "type": "string"})
    wanted = ({"assistant_id": go["assistant_id"]}, {"key": "tone"}, {"key": "tone"})
    left = (keep["assistant_id"], "other", "other")
    lists = ((things.AGENTS, "assistant_id"), (things.FIND_SECRETS, "key"), (things.PARAMETERS, "key"))
    for op, body, (find, name), rest in zip(things.DELETES, wanted, lists, left, strict=True):
        check.status(_send(session, op, where, body={}), 400, message="an empty filter is taken")
        check.equal(len(_send(session, find, where).need().json), 2, "an empty filter deletes", op=op)
        for count in (1, 0):
            gone = check.ok(_send(session, op, where, body=body))
            check.equal(gone.json, {"deleted": count}, "another number", gone, about=str(count))
        check.equal(_keys(_send(session, find, where), name), [rest], "another one is gone", op=op)


@rule("ALQ-05", things.HOLD, things.RELEASE)
def test_an_agent_is_held_once(session: Session, check: Check) -> None:
    """Holding is refused for what is held (409) and for what is not there; releasing for what is not held (404)."""
    where = things.space(session)
    params = {"assistant_id": things.agent(session, where)["assistant_id"]}
    steps = (
        (things.RELEASE, 404),
        (things.HOLD, 200),
        (things.HOLD, 409),
        (things.RELEASE, 200),
        (things.RELEASE, 404),
    )
    for number, (op, status) in enumerate(steps):
        check.status(_send(session, op, where, params=params), status, about=f"step {number}")
        held = [params["assistant_id"]] if number in (1, 2) else []
        check.equal(_send(session, things.SPACE, where)["on_hold"], held, "others are on hold", op=op)
    check.status(_send(session, things.HOLD, where, params={"assistant_id": NONE}), 404)


@rule("ALQ-06", things.INSPECT, things.ADD_SECRET, things.FIND_SECRETS, things.SECRETS)
def test_inspection_finds_references(session: Session, check: Check) -> None:
    """Inspection finds the secrets that an agent refers to, and says which cannot be resolved if it is asked to."""
    where = things.space(session)
    params = {"assistant_id": things.agent(session, where)["assistant_id"]}
    shown = {"key": "MODEL_KEY", "scope": "local"}
    for found, unresolved, body in (
        ([], 1, {"secret": {"key": "OTHER", "scope": "shared"}, "value": "x"}),
        ([], 1, {"secret": shown}),
        ([shown], 1, {"secret": shown, "value": "a value"}),
        ([shown], 0, None),
    ):
        told = check.ok(_send(session, things.INSPECT, where, params=params))
        check.equal(told.json["secrets"], found, "it finds other secrets", told, about=f"{found} {unresolved}")
        check.equal(len(told.json["errors"]), unresolved, "other errors", told, about=f"{unresolved} errors")
        quiet = _send(session, things.INSPECT, where, params=params, query={"check_resolution": False})
        check.equal(quiet["errors"], [], "it resolves unasked", quiet)
        if body is not None:
            check.ok(_send(session, things.ADD_SECRET, where, body=body))
    for query, keys in (({"scope": "local"}, ["MODEL_KEY"]), ({"key": "OTHER", "scope": "local"}, []), ({}, None)):
        listed = _send(session, things.FIND_SECRETS, where, body=query)
        check.equal(_keys(listed, "key"), ["MODEL_KEY", "OTHER"] if keys is None else keys, "others", listed)


@rule("ALQ-07", things.VALIDATE, things.PUBLISH, things.PULL, things.ADD_SECRET, things.UNPUBLISH, things.TAGS)
def test_validation_stands_before_publishing(session: Session, check: Check) -> None:
    """Unused secrets, and agents that were pulled and not validated, are not published (400); validation helps."""
    source, target = things.published(session)
    repo, where = target.rpartition(":")[0], things.space(session)
    check.ok(_send(session, things.PULL, where, query={"target": target}))
    agents = _send(session, things.AGENTS, where).need().json
    check.equal(agents, _send(session, things.AGENTS, source).json, "other agents were pulled", op=things.PULL)
    new = {"secret": {"key": "UNUSED", "scope": "global"}, "value": "x"}
    for dry in (True, False):
        check.status(_send(session, things.ADD_SECRET, where, body=new), 400, about=f"dry {dry}")
        check.status(_send(session, things.PUBLISH, where, body={}), 400, about=f"dry {dry}")
        told = check.ok(_send(session, things.VALIDATE, where, query={"dry_run": dry}))
        check.equal((told.json["validated"], told.json["errors"]), (1, []), "other agents are valid", told)
    check.ok(_send(session, things.ADD_SECRET, where, body=new))
    check.status(_send(session, things.PUBLISH, where, body={}), 400, message="an unused secret is published")
    for dry, gone, left in ((True, [], 2), (False, ["UNUSED"], 1)):
        told = check.ok(_send(session, things.VALIDATE, where, query={"dry_run": dry}))
        check.equal([one["key"] for one in told.json["deleted_secrets"]], gone, "others are removed", told)
        check.equal(len(_send(session, things.SECRETS, where).need().json), left, "others stay", op=things.VALIDATE)
    check.ok(_send(session, things.PUBLISH, where, body={}))
    check.ok(_send(session, things.PUBLISH, source, query={"tag": "v2"}, body={}))
    check.equal(_send(session, things.TAGS, query={"repo_id": repo}).json, ["v1", "v2"], "other tags", op=things.TAGS)
    check.ok(_send(session, things.UNPUBLISH, source, query={"tag": "v1"}))
    check.equal(_send(session, things.TAGS, query={"repo_id": repo}).json, ["v2"], "a tag stays", op=things.UNPUBLISH)
    check.status(_send(session, things.PULL, where, query={"target": target}), 404)


@rule("ALQ-08", things.REPOSITORIES, things.TAGS)
def test_another_registry_does_not_answer(session: Session, check: Check) -> None:
    """A registry that cannot be reached is told with 502; what was published is in the list."""
    _, target = session.shared("published", lambda: things.published(session))
    listed = check.ok(_send(session, things.REPOSITORIES))
    check.that(any(target.rpartition(":")[0].endswith(one) for one in listed.json), "it is not listed", listed)
    check.status(_send(session, things.REPOSITORIES, query={"registry": "registry.invalid"}), 502)
    check.status(_send(session, things.TAGS, query={"repo_id": "registry.invalid/a/b"}), 502)
