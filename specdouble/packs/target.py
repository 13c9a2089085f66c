"""What a command is asked to work on: a pack by name, a folder that is one, or a plain document."""

from __future__ import annotations

from pathlib import Path

from specdouble import packs
from specdouble.errors import SpecdoubleError, closest
from specdouble.openapi.contract import Contract
from specdouble.openapi.reading import is_url
from specdouble.packs import documents, manifest


def looks_like_one(word: str) -> bool:
    """Whether a word of a command line may name a target: a file, a folder, a URL or a pack."""
    return is_url(word) or Path(word).exists() or Path(word).suffix in manifest.SUFFIXES or packs.is_pack(word)


def contract_of_target(target: str = "", overlay: Path | None = None) -> Contract:
    """Return the contract of a pack, of a folder with its layers, or of a document at a path or URL.

    Without a target it is that of the default pack. `overlay` goes with a document. A folder becomes a pack of this
    process, named after itself; a document becomes one that has nothing else.

    Raises:
        SpecdoubleError: there is no such thing, or it cannot be used.

    """
    path = Path(target)
    if target and (is_url(target) or path.is_file()):
        described = manifest.single(target if is_url(target) else path, overlay)
        packs.add_document(described)
        return documents.contract_of(described)
    if overlay is not None:
        raise SpecdoubleError("an overlay goes with a document, and this is none", where=target or packs.default(),
                              next_step="Name the document first")  # fmt: skip
    if target and path.is_dir():
        return documents.contract(packs.add(manifest.identifier(path.resolve().name), path).name)
    if target and not packs.is_pack(target):
        near = closest(target, [*packs.names(), *(one.name for one in Path().iterdir())], cutoff=0.55)
        said = "it is neither a pack nor a folder nor a document"
        raise SpecdoubleError(said, where=target, closest=near, next_step=f"Packs are {', '.join(packs.names())}")
    return documents.contract(target or packs.default())
