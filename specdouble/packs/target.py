"""What a command is asked to work on: a pack by name, a folder that is one, or a plain document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from specdouble import packs
from specdouble.errors import SpecdoubleError, closest
from specdouble.openapi.contract import Contract
from specdouble.openapi.reading import is_url
from specdouble.packs import documents, manifest


def looks_like_one(word: str) -> bool:
    """Whether a word of a command line may name a target: a file, a folder, a URL or a pack."""
    return (
        word == documents.STDIN
        or is_url(word)
        or Path(word).exists()
        or Path(word).suffix in manifest.SUFFIXES
        or packs.is_pack(word)
    )


def contract_of_targets(targets: Sequence[str], overlay: Path | None = None) -> Contract:
    """Return the contract of a target, or one of several documents together: a service each, in the given order.

    A folder among several stands for the documents in it, or in its ``specs/``.

    Raises:
        SpecdoubleError: there is no such thing, it cannot be used, or one of several is no document.

    """
    if "" in targets:
        raise SpecdoubleError("the target is empty", next_step="Name a pack, a folder or a document; . is this folder")
    targets = [documents.piped(one) for one in targets]
    if len(targets) == 1 and Path(targets[0]).is_dir() and not (Path(targets[0]) / "specs").is_dir():
        targets = [str(one) for one in manifest.documents_in(Path(targets[0]))] or targets
    if len(targets) < 2:
        return contract_of_target(targets[0] if targets else "", overlay)
    if overlay is not None:
        raise SpecdoubleError("an overlay goes with one document", where=str(overlay),
                              next_step="Put it beside its document as NAME.overlay.yaml")  # fmt: skip
    sources: list[Path | str] = []
    for one in targets:
        path = Path(one)
        if path.is_dir():
            sources += manifest.documents_in(path / "specs" if (path / "specs").is_dir() else path)
        elif is_url(one) or path.is_file():
            sources.append(one if is_url(one) else path)
        else:
            said = "a pack is served alone" if packs.is_pack(one) else _nothing(path)
            raise SpecdoubleError(said, where=one, closest=None if packs.is_pack(one) else _near(one),
                                  next_step="Several targets are documents, URLs or folders of them")  # fmt: skip
    described = manifest.several(sources)
    packs.add_document(described)
    return documents.contract_of(described)


def contract_of_target(target: str = "", overlay: Path | None = None) -> Contract:
    """Return the contract of a pack, of a folder with its layers, or of a document at a path or URL.

    Without a target it is that of the default pack. `overlay` goes with a document. A folder becomes a pack of this
    process, named after itself; a document becomes one that has nothing else.

    Raises:
        SpecdoubleError: there is no such thing, or it cannot be used.

    """
    target = documents.piped(target)
    path = Path(target)
    if target and (is_url(target) or path.is_file()):
        described = manifest.single(target if is_url(target) else path, overlay)
        packs.add_document(described)
        return documents.contract_of(described)
    if overlay is not None:
        raise SpecdoubleError("an overlay goes with a document, and this is none", where=target or packs.default(),
                              next_step="Name the document first")  # fmt: skip
    if target and path.is_dir():
        if not (path / "specs").is_dir():
            said = "there is no OpenAPI document in it, and no folder specs/"
            raise SpecdoubleError(said, where=target, next_step=manifest.PUT_THERE)
        return documents.contract(packs.add(manifest.identifier(path.resolve().name), path).name)
    if target and not packs.is_pack(target):
        step = f"Packs are {', '.join(packs.names())}"
        raise SpecdoubleError(_nothing(path), where=target, closest=_near(target), next_step=step)
    return documents.contract(target or packs.default())


def _nothing(path: Path) -> str:
    if path.exists():
        return "it is no file that can be read"
    if path.suffix in manifest.SUFFIXES:
        return "there is no such file"
    return "it is neither a pack nor a folder nor a document"


def _near(target: str) -> str | None:
    path = Path(target)
    if path.exists():  # it is no typing error
        return None
    try:
        beside = [str(one) for one in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError:  # a folder that may not be read: nothing is known to be near
        beside = []
    return closest(target, [*packs.names(), *beside], cutoff=0.55)
