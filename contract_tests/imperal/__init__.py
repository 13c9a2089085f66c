"""What the verifier knows of Imperal Cloud beside its documents; recipes and suites lie in the folders below."""

from pathlib import Path

from specdouble.verify.kit import Option, VerifierPack

from .callers import Callers
from .creates import CREATES
from .facts import FACTS, WORDS
from .parts import CARDS, PARTS, Parts
from .preflight import HEALTH, from_mock, preflight
from .refusals import inspect, is_refusal, refused_at
from .rules import FAMILIES, RULES
from .safety import DENIED, REASONS, TRACES, Safety
from .session import Session
from .shared.lists import LISTS
from .users import TestUsers

pack = VerifierPack(
    options=(
        Option("service-token", "Token of platform services (X-Service-Token).", "secret"),
        Option("registry-key", "Platform key of the Registry (X-Api-Key).", "secret"),
        Option("admin", "EMAIL:PASSWORD of an administrator.", "login"),
        Option("user", "EMAIL:PASSWORD of a user.", "login"),
        Option("user2", "EMAIL:PASSWORD of a second user.", "login"),
        Option("developer", "EMAIL:PASSWORD of a registered developer.", "login"),
        Option("stripe-secret", "Secret that signs Stripe's webhooks.", "secret"),
        Option("tenant", "Tenant of these people.", default="default"),
        Option(
            "test-cards", "Test payment methods: one that pays, one whose bank asks, one that is declined.", "list",
            example=list(CARDS[:1]),
        ),
    ),
    parts=PARTS,
    facts=FACTS,
    lists=LISTS,
    words=WORDS,
    health=HEALTH,
    own_document="/v1/openapi.json",
    prices=Path(__file__).with_name("telling.json.gz"),
    rules=RULES,
    families=FAMILIES,
    own=frozenset({"GATE-01", "GATE-20"}),
    refusals=frozenset(
        {
            "AUTH-20", "AUTH-21", "GATE-01", "GATE-04", "GATE-20", "GATE-25", "GATE-26", "GATE-27", "GATE-28",
            "GATE-32", "GATE-33",
        }
    ),
    called={"BOUND-31": "E01", "BOUND-32": "E02", "BOUND-33": "E04"},
    reasons=REASONS,
    denied=DENIED,
    creates=CREATES,
    traces=TRACES,
    session=Session,
    users=TestUsers,
    callers=Callers,
    players=Parts,
    safety=Safety,
    preflight=preflight,
    from_mock=from_mock,
    inspect=inspect,
    refused_at=refused_at,
    is_refusal=is_refusal,
)  # fmt: skip
