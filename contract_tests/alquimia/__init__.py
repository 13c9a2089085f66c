"""What the verifier knows of Alquimia Registry beside its document: words, facts, and whether the server is well."""

from specdouble.verify.kit import Facts, ModelSession, VerifierPack, Words

from .things import ADD_PARAMETER, ADD_SECRET, DELETES, DROP, PUBLISH, UPSERT

pack = VerifierPack(
    session=ModelSession,
    families={"ALQ": "agentspaces, filters, holds, secrets and versions"},
    health={"alquimia": ("/registry/repositories", "/registry/secret")},
    words=Words(
        ids=("agentspace_id", "assistant_id", "key"),
        own_ids=(),
        unknown={"assistant_id": "nobody-has-this", "agentspace_id": "nobody-has-this"},
        unique=frozenset(),
        secret_fields={"value": "the value of a secret"},
    ),
    facts={
        UPSERT: Facts(no_clash=True, meaningful={"response": "it is judged as a whole"}),
        ADD_SECRET: Facts(no_clash=True, not_shown=frozenset({"secret", "value"})),
        ADD_PARAMETER: Facts(no_clash=True),
        PUBLISH: Facts(no_clash=True),
        DROP: Facts(ends_callers=True),
        "PUT /registry/": Facts(partial=True),
        **{op: Facts(repeatable=True, any_request="any member may be asked for") for op in DELETES},
    },
)
