"""What a run verifies: a contract, and what its pack knows beside it, as one value that is handed down."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType

from specdouble import packs
from specdouble.openapi import Contract, Op
from specdouble.openapi.errors import closest
from specdouble.packs import documents
from specdouble.packs.manifest import identifier
from specdouble.verify.api import places, recipes, rules
from specdouble.verify.api.facts import USUAL, Facts
from specdouble.verify.api.model_rules import MODEL
from specdouble.verify.api.pack import VerifierPack
from specdouble.verify.api.policy import REASONS, Denied, Reason
from specdouble.verify.api.recipes import Recipe
from specdouble.verify.api.rules import Rule
from specdouble.verify.problems import SettingsError
from specdouble.verify.settings.options import GENERAL, IDENTITIES, Option, urls

STREAM = "text/event-stream"
UNKNOWN = "specdouble-unknown"  # a segment of a path that no document has


class Api:
    """A contract and what its pack tells the verifier.

    `name` is the pack's, `folder` that of its layer `contract_tests`, where it has one; `files` has the documents by
    service, as published: without an overlay.
    """

    def __init__(
        self, contract: Contract, pack: VerifierPack, name: str = "", folder: Path | None = None,
        files: Mapping[str, Path] | None = None,
    ) -> None:  # fmt: skip
        self.contract = contract
        self.pack = pack
        self.name = name
        self.folder = folder
        self.files = files or {}
        self.words = pack.words

    def __repr__(self) -> str:
        return f"<Api {self.name or self.contract.name}>"

    @property
    def generated(self) -> bool:
        """Whether requests and people come from the resource model and the document: no pack brings its own."""
        return self.pack.session is None and self.pack.users is None

    # -- settings --------------------------------------------------------------------------------------------------

    @cached_property
    def services(self) -> list[Option]:
        """The options for the URLs of the services, in their order."""
        return urls([(one.name, one.title) for one in self.contract.services])

    @cached_property
    def options(self) -> dict[str, Option]:
        """Every option of a run, by name."""
        return {one.name: one for one in (*self.services, *self.own_options, *GENERAL)}

    @cached_property
    def own_options(self) -> tuple[Option, ...]:
        """The options of this API alone; where a pack has no users, credentials by the names of security schemes."""
        given = (*self.pack.options, *(one.option for one in self.pack.parts))
        return (*given, *IDENTITIES) if self.pack.users is None else given

    @cached_property
    def logins(self) -> list[Option]:
        """The options that are somebody's name and password."""
        return [one for one in self.options.values() if one.kind == "login"]

    # -- operations ------------------------------------------------------------------------------------------------

    def facts(self, op: Op) -> Facts:
        """Return what the pack knows of an operation."""
        return self.pack.facts.get(op.id, USUAL)

    def for_people(self, op: Op) -> bool:
        """Whether a person may call an operation, by one of the ways that it declares."""
        return any(way and (not self.words.personal or way & self.words.personal) for way in op.spec.security)

    def has_people(self, service: str) -> bool:
        """Whether people call a service at all."""
        return any(self.for_people(op) for op in self.contract.ops if op.service == service)

    def is_stream(self, op: Op) -> bool:
        """Whether an operation answers with events."""
        return STREAM in ((op.spec.success.content or {}) if op.spec.success else {})

    def health(self, service: str) -> Op:
        """Return the operation that stands for a service: its health route, else its first read."""
        mine = [op for op in self.contract.ops if op.service == service]
        for path in self.pack.health.get(service, ()):
            for op in mine:
                if op.reads and op.spec.path == path:
                    return op
        free = [op for op in mine if op.reads and "{" not in op.spec.path]
        return next((op for op in free if op.spec.public), (free or mine)[0])

    def is_health(self, op: Op) -> bool:
        """Whether an operation is the one that stands for its service."""
        return op is self.health(op.service)

    def unknown_paths(self, service: str) -> list[str]:
        """Return paths that no document has: at the root, and below the most usual beginnings."""
        paths = [op.spec.path for op in self.contract.ops if op.service == service]
        found = [f"/{UNKNOWN}"]
        for depth in (1, 2):
            starts = Counter("/".join(path.split("/")[: depth + 1]) for path in paths if path.count("/") > depth)
            for start, _count in starts.most_common():
                if "{" not in start and not any(path.startswith(f"{start}/{{") for path in paths):
                    found.append(f"{start}/{UNKNOWN}")
                    break
        return found

    def made_up(self, name: str, schema: object) -> str:
        """Return a value of a path parameter that names nothing."""
        usual = "999999999" if "integer" in str(schema) else "specdouble-nobody-has-this"
        return self.words.unknown.get(name, usual)

    # -- rules and recipes -----------------------------------------------------------------------------------------

    def suites(self) -> Iterator[ModuleType]:
        """Import the suites, the general ones first."""
        for path in places.wanted(places.files(self.folder), generated=self.generated):
            yield importlib.import_module(str(places.module_name(path, self.name, self.folder)))

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """Every rule by id: the general ones, those of the pack, those in docstrings of suites."""
        known = {**self._beside, **{one.id: one for one in self.pack.rules}}
        return {
            **known,
            **{id_: one for id_, one in sorted(rules.documented(self.suites()).items()) if id_ not in known},
        }

    @cached_property
    def untested(self) -> frozenset[str]:
        """The rules that no test has as its own: they are judged beside others."""
        return frozenset({*self._beside, *(one.id for one in self.pack.rules)})

    @property
    def _beside(self) -> dict[str, Rule]:
        return {**rules.GENERAL, **MODEL} if self.generated else rules.GENERAL

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """The recipes of the pack by operation id.

        Raises:
            SettingsError: a recipe is for an operation that there is not, or an operation has two.

        """
        if not self.name:
            return {}
        found: dict[str, Recipe] = {}
        for module in packs.modules("contract_tests", self.name, inside="recipes"):
            for id_, made in recipes.within(module):
                where = f"{module.__name__.rpartition('.contract_tests.')[2]}.{made.__name__}"
                if id_ not in self.contract:
                    near = closest(id_, [op.id for op in self.contract.ops], cutoff=0.0)
                    raise SettingsError(f"a recipe is for {id_}, which no document has", where=where, closest=near)
                if found.setdefault(id_, made) is not made:
                    raise SettingsError(f"{id_} has two recipes", where=where)
        return found

    # -- safety ----------------------------------------------------------------------------------------------------

    @cached_property
    def reasons(self) -> dict[str, Reason]:
        """The classes of reasons why operations are not sent, by name."""
        return {**REASONS, **{one.name: one for one in self.pack.reasons}}

    @cached_property
    def denied(self) -> dict[str, Denied]:
        """What is not sent beyond loopback by default, by operation id."""
        return {op: entry for entry in self.pack.denied for op in entry.ops}


@cache
def load(pack: str = "", spec: str = "", overlay: str = "", tests: str = "") -> Api:
    """Return what is verified: a pack by its name or its folder, a plain document, or the default pack.

    Raises:
        SettingsError: both are named, or an overlay or tests without their document, or the tests are no folder.
        UnknownPackError: no pack has that name.
        SpecError: a document cannot be read.

    """
    if pack and spec:
        raise SettingsError("--pack and --spec exclude each other", next_step="Name a pack or a document")
    if overlay and not spec:
        raise SettingsError("--overlay belongs to --spec", next_step="Name the document of the overlay too")
    if tests and not spec:
        raise SettingsError("--tests belongs to --spec", next_step="Name the document, or put the tests into a pack")
    if spec == "-" or Path(spec).is_fifo():
        said = "a document that comes through a pipe cannot be read again by each process of a run"
        raise SettingsError(said, where=f"--spec {spec}", next_step="Write it into a file, and name that")
    if spec:
        contract = documents.contract_of_file(Path(spec), Path(overlay) if overlay else None)
        files = {contract.first.name: Path(spec)}
        if not tests:
            return Api(contract, VerifierPack(), files=files)
        name = identifier(f"{contract.name}_tests")
        if not Path(tests).is_dir():
            raise SettingsError("--tests is no folder", where=tests, next_step="Name a folder of Python files")
        own = packs.add_layer(name, "contract_tests", Path(tests))
        return Api(contract, _told(name, own), name, own, files)
    name = pack or packs.default()
    if not name.isidentifier() and Path(name).is_dir():
        name = packs.add(identifier(Path(name).resolve().name), Path(name)).name
    folder = packs.find(name).layers.get("contract_tests")
    told = VerifierPack() if folder is None else _told(name, folder)
    files = {one.name: Path(one.documents[0].published) for one in packs.manifest_of(name).services}
    return Api(documents.contract(name), told, name, folder, files)


def _told(name: str, folder: Path) -> VerifierPack:
    """Return what a folder of tests tells the verifier.

    Raises:
        SettingsError: its `pack` is none, or it cannot be imported.

    """
    told = getattr(importlib.import_module(packs.package("contract_tests", name)), "pack", None) or VerifierPack()
    if not isinstance(told, VerifierPack):
        raise SettingsError(
            f"`pack` is a {type(told).__name__}", where=str(folder / "__init__.py"),
            next_step="Write pack = VerifierPack(…), from specdouble.verify.kit",
        )  # fmt: skip
    return told
