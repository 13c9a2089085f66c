"""The data of a world, for tests: the collections of a pack, or the resources that were found in a document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.inferred.items.store import Items as Kept
from specdouble.mock.inferred.kept import kept
from specdouble.mock.state.collections import OWN_COLLECTIONS, Doc
from specdouble.mock.state.seeds import continue_serials
from specdouble.mock.state.world import KEEPER, World

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper

_OWN = frozenset(one.name for one in OWN_COLLECTIONS)


class UnknownDataError(SpecdoubleError, LookupError):
    """A collection or an item that is not there; the message names the closest one."""


@contextmanager
def changing(world: World) -> Iterator[None]:
    """Change a world: all of it or, where something is raised, nothing."""
    with _turn(world), world.lock:
        try:
            yield
            world.commit()
        except BaseException:
            world.rollback()
            raise


def _turn(world: World) -> AbstractContextManager[None]:
    """Wait for this server's turn, where others have the same worlds; also to read, for that may make items."""
    state: Keeper | None = world.shared.get(KEEPER)
    return nullcontext() if state is None else state.commits.turn()


class Data:
    """The collections of a world by name: `mock.data["users"]`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        resources = [name for one in _stores(self._world) for name in one.api.kinds]
        mine = [name for name in self._world.state.names() if name not in _OWN and not name.startswith(".")]
        return iter(resources or mine)

    def __getitem__(self, name: str) -> Items:
        """Return a collection; raises ``UnknownDataError``, which names the closest one."""
        known = list(self)
        if name not in known:
            single = next((one for one in known if name in (f"{one}s", f"{one}es")), None)
            if single is None:
                there = f"There are {', '.join(known)}" if known else "There are none"
                raise UnknownDataError(
                    f"there is no collection {name!r}", closest=closest(name, known), next_step=there
                )
            name = single
        return Items(self._world, name, is_resource=bool(_stores(self._world)))


class Items:
    """One collection: documents as handlers see them, or items of a resource as the API shows them."""

    def __init__(self, world: World, name: str, *, is_resource: bool) -> None:
        self._world = world
        self._name = name
        self._is_resource = is_resource

    def __iter__(self) -> Iterator[Doc]:
        """Yield all, oldest first."""
        with _turn(self._world), self._world.lock:
            return iter(list(kept(self._world, self._name) if self._is_resource else self._world.state[self._name]))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, key: object) -> bool:
        return self._find(key) is not None

    def __getitem__(self, key: Any) -> Doc:
        """Return one by its key; raises ``UnknownDataError``."""
        found = self._find(key)
        if found is None:
            raise UnknownDataError(f"{self._name} holds no {key!r}")
        return found

    def find(self, **members: Any) -> list[Doc]:
        """Return those whose members have these values, oldest first."""
        return [one for one in self if all(one.get(name) == value for name, value in members.items())]

    def add(self, value: Doc, /, **within: str) -> Doc:
        """Add one, and return it as it is kept.

        `within` names what an item of a document belongs to, each by its key (``book="7"``).

        Raises:
            UnknownDataError: a document without the member that is its key.
            KeyError: there is one of that key already.

        """
        with changing(self._world):
            if self._is_resource:
                return kept(self._world, self._name, **within).add(dict(value))
            store = self._world.state[self._name]
            if store.declared.key not in value:
                raise UnknownDataError(f"a document of {self._name} needs {store.declared.key!r}, its key")
            made = store.add(dict(value))
            continue_serials(self._world, self._name)
            return made

    def change(self, key: Any, /, **members: Any) -> Doc:
        """Give members of one other values, and return it; raises ``UnknownDataError``."""
        self[key]
        with changing(self._world):
            if self._is_resource:
                return kept(self._world, self._name).change(key, **members)
            return self._world.state[self._name].update(key, **members)

    def remove(self, key: Any, /) -> None:
        """Remove one with what belongs to it; raises ``UnknownDataError``."""
        self[key]
        with changing(self._world):
            if self._is_resource:
                kept(self._world, self._name).remove(key)
            else:
                self._world.state[self._name].remove(key)

    def clear(self) -> None:
        """Remove all."""
        with changing(self._world):
            if self._is_resource:
                kept(self._world, self._name).clear()
            else:
                store = self._world.state[self._name]
                for one in list(store):
                    store.remove(one[store.declared.key])

    def _find(self, key: Any) -> Doc | None:
        with _turn(self._world), self._world.lock:
            if self._is_resource:
                return kept(self._world, self._name).find(key)
            return self._world.state[self._name].get(key)


def _stores(world: World) -> list[Kept]:
    return [one for one in world.remember.values() if isinstance(one, Kept)]
