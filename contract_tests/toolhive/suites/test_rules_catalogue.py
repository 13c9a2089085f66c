"""Rules of the registry, its feeds, and skills."""

from __future__ import annotations

import pytest

from specdouble.verify.kit import NOBODY, Check, Session, rule

from .. import things
from ..recipes.catalogue import SKILL, WHERE
from ..things import DEFAULT, FEED, INSTALL, POINT, REGISTRY, A

ADD, DROP, REFRESH = f"POST {A}/registry", f"DELETE {A}/registry/{{name}}", f"POST {A}/registry/{{name}}/refresh"
SERVERS, FEEDS = f"GET {A}/registry/{{name}}/servers", (f"GET {FEED}/servers", f"GET {FEED}/x/dev.toolhive/skills")
CONTENT = f"GET {A}/skills/content"


@rule("THV-21", ADD, DROP, REGISTRY, SERVERS)
def test_there_is_one_registry(session: Session, check: Check) -> None:
    """No registry can be added or removed, and the one there is shows servers of both kinds, as many as it counts."""
    check.status(session.send(ADD, NOBODY, body={"name": "mine"}), 501)
    check.status(session.send(DROP, NOBODY, params=DEFAULT), 400)
    check.status(session.send(DROP, NOBODY, params={"name": "nobody-has-this"}), 404)
    shown, listed = (session.send(op, NOBODY, params=DEFAULT).need() for op in (REGISTRY, SERVERS))
    for kind in ("servers", "remote_servers"):
        names = [one["name"] for one in listed[kind]]
        check.equal(sorted(names), sorted(shown["registry"][kind]), f"the {kind} are others", listed)
    count = len(listed["servers"]) + len(listed["remote_servers"])
    check.equal(count, shown["server_count"], "the servers are not as many as it says", listed)


@pytest.mark.alone
@rule("THV-22", POINT, REGISTRY, REFRESH, things.LOGIN, things.LOGOUT, *FEEDS)
def test_a_registry_has_one_source_and_may_want_a_sign_in(session: Session, check: Check) -> None:
    """A source is shown and read anew after a sign-in alone (503 before); two are refused; none is the built-in one."""
    refused = session.send(POINT, NOBODY, params=DEFAULT, body={"url": "https://a.example.com", "local_path": "/b"})
    check.status(refused, 400)
    for status, again in ((200, things.LOGOUT), (503, things.LOGIN)):
        things.signed_in(session)
        if status == 503:
            check.status(session.send(things.LOGOUT, NOBODY), 200)
        shown = session.send(REGISTRY, NOBODY, params=DEFAULT).need()
        check.equal((shown["type"], shown["source"]), ("api", "https://api.example.com"), "another source", shown)
        check.status(session.send(REFRESH, NOBODY, params=DEFAULT), status)
        for op in FEEDS:
            check.status(session.send(op, NOBODY, params=WHERE), status)
        check.status(session.send(again, NOBODY), 200)
    things.point(session)
    check.equal(session.send(REGISTRY, NOBODY, params=DEFAULT)["source"], "", "a source stays", op=POINT)
    check.status(session.send(things.LOGIN, NOBODY), 400)


@rule("THV-23", *FEEDS)
@pytest.mark.parametrize("op", FEEDS)
def test_feeds_have_pages_and_a_search(op: str, session: Session, check: Check) -> None:
    """Pages put together are the whole and its total; `q` finds parts of names in any case; odd numbers are nothing."""
    things.usable(session)
    rows = op.rpartition("/")[2]
    whole = session.send(op, NOBODY, params=WHERE).need()
    names, total = [one["name"] for one in whole[rows]], whole["metadata"]["total"]
    check.that(total == len(names) or total > len(names) == 50, "the total is another number", whole, got=total)
    pages = [session.send(op, NOBODY, params=WHERE, query={"page": page, "limit": 1}).need() for page in (1, 2)]
    for number, page in enumerate(pages):
        check.equal([one["name"] for one in page[rows]], names[number : number + 1], "a page shows others", page)
        meta = {"total": total, "page": number + 1, "limit": 1}
        check.equal(page["metadata"], meta, "a page says another thing of itself", page)
    word = names[-1].rpartition("/")[2][1:].upper()
    found = session.send(op, NOBODY, params=WHERE, query={"q": word}).need()
    texts = [f"{one.get('namespace')} {one['name']} {one['description']}".upper() for one in found[rows]]
    check.that(texts and all(word in one for one in texts), "a search finds something else", found, expected=word)
    odd = session.send(op, NOBODY, params=WHERE, query={"page": "x", "limit": "y"})
    check.equal(odd.json, whole.json, "odd numbers are not passed over", odd)


@rule("THV-24", INSTALL, SKILL, CONTENT, things.SKILLS)
def test_a_skill_is_installed_once(session: Session, check: Check) -> None:
    """A second installation is refused unless it is forced; the content of an artifact speaks of it."""
    name, group = things.build(session), things.group(session)
    for status, force in ((201, False), (409, False), (201, True)):
        body = {"name": name, "force": force, "group": group}
        check.status(session.send(INSTALL, NOBODY, body=body), status, about=f"{status} {force}")
    for query, names in (({}, [name]), ({"scope": "project", "project_root": "/nowhere"}, [])):
        listed = session.send(things.SKILLS, NOBODY, query={"group": group, **query}).need()
        check.equal([one["metadata"]["name"] for one in listed["skills"]], names, "other skills are listed", listed)
    content = session.send(CONTENT, NOBODY, query={"ref": name}).need()
    check.equal(content["name"], name, "the content is of another skill", content)
    size = {one["path"]: one["size"] for one in content["files"]}.get("SKILL.md")
    check.equal(size, len(content["body"].encode()), "the text is not that of SKILL.md", content)
