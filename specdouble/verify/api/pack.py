"""What a pack tells the verifier: one value, `pack`, which `contract_tests/__init__.py` of a pack exports.

All of it is optional. Without any of it a run takes the document at its word, and what it cannot reach is unproven.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdouble.verify.api.facts import Facts, Listed
from specdouble.verify.api.policy import Denied, Reason
from specdouble.verify.api.rules import Rule
from specdouble.verify.settings.options import Option

if TYPE_CHECKING:
    from specdouble.openapi import Op
    from specdouble.verify.responses.record import Record
    from specdouble.verify.responses.reply import Reply
    from specdouble.verify.running.preflight import Ask
    from specdouble.verify.safety.journal import Made
    from specdouble.verify.safety.safety import Safety
    from specdouble.verify.safety.traces import Trace
    from specdouble.verify.session.session import Session
    from specdouble.verify.settings.values import Settings
    from specdouble.verify.users.callers import Callers
    from specdouble.verify.users.parts import Part, Parts
    from specdouble.verify.users.users import TestUsers

Pattern = re.Pattern[str]


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of an API: names of fields and parameters that mean the same wherever they stand.

    Reading: `volatile` fields move by themselves or on every read; `ids` name a row, the most telling first, and
    `own_ids` name what is one person's; `lists` are members of an object that hold the rows of a list.

    People: `personal` are the security schemes that stand for a person (default: all); `people` are fields that name
    one, `owners` those in which a service names the person it acts for. `things` are path parameters of what is one
    person's, `role_things` those of what is one person's of a role; people of `high_roles` may see what is others'.
    `of_a_caller` are fields that only a known caller is shown; of `unique` fields there is one each; `unknown` has, by
    the name of a path parameter, an id that nobody has.

    Secrets: `secret_fields` carry one (field → what it is), `local_secrets` do below the beginning of a path;
    `secret_looks` are what one looks like: what it is, a pattern, a text that is in all of them (without the first one
    it is taken out of reports, and no finding); `secret_headers` carry a credential beside those that are declared.

    `utc` says that every timestamp is RFC 3339 in UTC.
    """

    volatile: frozenset[str] = frozenset(
        {"updated_at", "updatedAt", "updated", "modified", "last_seen_at", "last_used_at", "last_accessed_at", "ts"}
    )
    ids: tuple[str, ...] = ("id", "uuid", "key", "slug", "name")
    own_ids: tuple[str, ...] = ("id", "uuid")
    lists: tuple[str, ...] = ("items", "data", "results", "entries")
    personal: frozenset[str] = frozenset()
    people: tuple[str, ...] = ("user_id", "userId")
    owners: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    role_things: tuple[str, ...] = ()
    high_roles: frozenset[str] = frozenset({"admin"})
    unique: frozenset[str] = frozenset({"email", "username", "slug"})
    of_a_caller: frozenset[str] = frozenset()
    unknown: Mapping[str, str] = field(default_factory=dict)
    secret_fields: Mapping[str, str] = field(default_factory=dict)
    local_secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secret_looks: tuple[tuple[str, Pattern, str], ...] = ()
    secret_headers: frozenset[str] = frozenset()
    utc: bool = False


@dataclass(frozen=True, kw_only=True)
class VerifierPack:
    """What a pack tells the verifier.

    Settings: `options` are credentials and whatever else a run may be given; `parts` are roles outside the API that a
    command may play, each with an option `--NAME-command`.

    Knowledge: `facts` and `lists` by operation id, `words`; `health` has, by service, paths that a living server
    answers with JSON, the health route first; `own_document` is where the target hands out its own document; `prices`
    is the file of what each test costs (`telling.json.gz`: JSON, compressed by gzip).

    Rules: `rules` of this API beside those that stand in docstrings of its suites, with their `families`; `own` decide
    about one operation; `refusals` are proven by requests that are all refused; `called` gives general rules the ids
    that this API has for them.

    Safety: `denied` operations, by `reasons`; `creates` says how creations are undone, `traces` what stays anyway.

    Classes: `session`, `users`, `callers`, `players` (of the parts) and `safety` extend those of the framework.

    Hooks: `preflight` looks at the credentials before a run; `from_mock` completes the settings with what a mock shows
    of its credentials; `inspect` looks at each response; `refused_at` tells which places of a request a refusal names;
    `is_refusal` tells a 429 that is meant from one that asks to come later.
    """

    options: tuple[Option, ...] = ()
    parts: tuple[Part, ...] = ()
    facts: Mapping[str, Facts] = field(default_factory=dict)
    lists: Mapping[str, Listed] = field(default_factory=dict)
    words: Words = field(default_factory=Words)
    health: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_document: str = "/openapi.json"
    prices: Path | None = None
    rules: tuple[Rule, ...] = ()
    families: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    refusals: frozenset[str] = frozenset()
    called: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    denied: tuple[Denied, ...] = ()
    creates: Mapping[str, Made] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()
    session: type[Session] | None = None
    users: type[TestUsers] | None = None
    players: type[Parts] | None = None
    callers: type[Callers] | None = None
    safety: type[Safety] | None = None
    preflight: Callable[[Ask, Settings], None] | None = None
    from_mock: Callable[[Settings, Mapping[str, Any]], Mapping[str, Any]] | None = None
    inspect: Callable[[Op, Reply, Record], None] | None = None
    refused_at: Callable[[Reply], list[tuple[str, ...]] | None] | None = None
    is_refusal: Callable[[Any], bool] | None = None
