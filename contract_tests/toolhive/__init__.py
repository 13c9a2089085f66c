"""What the verifier knows of ToolHive beside its document: words, facts, and whether the server is well."""

from specdouble.verify.kit import Facts, Session, VerifierPack, Words

from .things import (
    BUILD,
    CLIENT,
    CLIENTS,
    GROUP,
    GROUPS,
    INSTALL,
    LEAVE,
    REGISTRY,
    SECRETS,
    SETUP,
    SKILLS,
    UNREGISTER,
    WORKLOADS,
)

pack = VerifierPack(
    session=Session,
    health={"toolhive": ("/api/v1beta/version",)},
    own_document="/api/openapi.json",
    words=Words(
        volatile=frozenset({"last_updated", "started_at", "status"}),
        ids=("name", "key", "tag"),
        lists=("workloads", "groups", "registries", "keys", "skills", "builds", "servers", "clients", "results"),
        unknown={
            "name": "nobody-has-this",
            "key": "nobody-has-this",
            "tag": "nobody-has-this",
            "serverName": "com.example/no",
        },
        unique=frozenset({"name", "key"}),
    ),
    facts={
        "GET /api/openapi.json": Facts(secret=True),
        CLIENTS: Facts(no_clash=True, not_shown=frozenset({"groups"})),
        CLIENT: Facts(repeatable=True, free=frozenset({"name"})),
        LEAVE: Facts(repeatable=True),
        UNREGISTER: Facts(repeatable=True),
        SETUP: Facts(no_clash=True, ends_callers=True),
        BUILD: Facts(no_clash=True, meaningful={"path": "its last part names the skill"}),
        INSTALL: Facts(meaningful={"name": "it is a name or a reference", "group": "it must be there"}),
        "GET /api/v1beta/skills/content": Facts(meaningful={"ref": "it is a name or a reference"}),
        SKILLS: Facts(meaningful={"scope": "a project needs its folder"}),
        WORKLOADS: Facts(one_of=True, meaningful={"group": "it must be there"}, echoes_other=frozenset({"port"})),
        "POST /api/v1beta/workloads/{name}/edit": Facts(meaningful={"group": "it must be there"}),
        "PUT /api/v1beta/registry/{name}": Facts(one_of=True, meaningful={"url": "private addresses are refused"}),
        GROUP: Facts(meaningful={"name": "the default group stays"}),
        GROUPS: Facts(),
        REGISTRY: Facts(),
        SECRETS: Facts(),
        "GET /registry/{registryName}/v0.1/servers": Facts(free=frozenset({"registryName"}), common=True),
        "GET /registry/{registryName}/v0.1/x/dev.toolhive/skills": Facts(free=frozenset({"registryName"}), common=True),
        "GET /registry/{registryName}/v0.1/servers/{serverName}/versions/latest": Facts(
            free=frozenset({"registryName"})
        ),
        "GET /registry/{registryName}/v0.1/x/dev.toolhive/skills/{namespace}/{skillName}": Facts(
            free=frozenset({"registryName"})
        ),
    },
)
