"""What the verifier knows of ToolHive beside its document: words, facts, and whether the server is well."""

from specdouble.verify.kit import Facts, ModelSession, VerifierPack, Words

from . import things
from .things import FEED, A

FREE = frozenset({"registryName"})  # the feeds take any
ONE_SERVER = f"GET {FEED}/servers/{{serverName}}/versions/latest"
ONE_SKILL = f"GET {FEED}/x/dev.toolhive/skills/{{namespace}}/{{skillName}}"
pack = VerifierPack(
    session=ModelSession,
    health={"toolhive": (f"{A}/version",)},
    own_document="/api/openapi.json",
    families={"THV": "workloads, groups, the registry and skills"},
    words=Words(
        volatile=frozenset({"last_updated", "started_at", "status"}),
        ids=("name", "key", "tag"),
        lists=("workloads", "groups", "registries", "keys", "skills", "builds", "servers", "clients", "results"),
        unknown={**dict.fromkeys(("name", "key", "tag"), "nobody-has-this"), "serverName": "com.example/no"},
        unique=frozenset({"name", "key"}),
        secret_fields={"value": "the value of a secret"},
    ),
    facts={
        "GET /api/openapi.json": Facts(secret=True),
        things.CLIENTS: Facts(no_clash=True, not_shown=frozenset({"groups"})),
        things.CLIENT: Facts(repeatable=True, free=frozenset({"name"})),
        things.LEAVE: Facts(repeatable=True),
        things.UNREGISTER: Facts(repeatable=True),
        things.SETUP: Facts(no_clash=True, ends_callers=True, alone=True),
        things.BUILD: Facts(no_clash=True, meaningful={"path": "its last part names the skill"}),
        things.INSTALL: Facts(meaningful={"name": "it is a name or a reference", "group": "it must be there"}),
        f"GET {A}/skills/content": Facts(meaningful={"ref": "it is a name or a reference"}),
        things.SKILLS: Facts(meaningful={"scope": "a project needs its folder"}),
        things.WORKLOADS: Facts(
            one_of=True, meaningful={"group": "it must be there"}, echoes_other=frozenset({"port"})
        ),
        f"POST {A}/workloads/{{name}}/edit": Facts(meaningful={"group": "it must be there"}),
        things.POINT: Facts(one_of=True, alone=True, meaningful={"url": "private addresses are refused"}),
        things.LOGIN: Facts(alone=True),
        things.LOGOUT: Facts(alone=True),
        things.GROUP: Facts(meaningful={"name": "the default group stays"}),
        **{f"GET {FEED}/{of}": Facts(free=FREE, common=True) for of in ("servers", "x/dev.toolhive/skills")},
        **{op: Facts(free=FREE) for op in (ONE_SERVER, ONE_SKILL)},
    },
)
