"""The model as text for people: every resource and every operation with its reason."""

from collections.abc import Iterator

from specdouble.openapi.model.parts import Model, Operation, Resource


def as_text(model: Model) -> str:
    """Return the model as two tables."""
    return "\n".join(_lines(model)) + "\n"


def _lines(model: Model) -> Iterator[str]:
    yield _many(len(model.resources), "resource")
    for one in model.resources:
        yield ""
        yield f"  {one.name:20} {one.item or one.collection}"
        yield from (f"    {label:10} {text}" for label, text in resource_lines(one))
    known = [one for one in model.operations if one.role != "none"]
    yield ""
    yield f"{_many(len(model.operations), 'operation')}, {len(known)} with a role"
    yield ""
    width = min(60, max((len(one.key) for one in model.operations), default=0))
    roles = max((len(_role(one)) for one in model.operations), default=0)
    names = max((len(one.resource) for one in model.operations), default=0)
    for operation in model.operations:
        role, name = f"{_role(operation):{roles}}", f"{operation.resource:{names}}"
        yield f"  {operation.key:{width}}  {role}  {name}  {explained(operation)}"
    if model.remarks:
        yield ""
        yield from (f"  remark: {one}" for one in model.remarks)


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _role(one: Operation) -> str:
    return f"{one.role} ({one.style})" if one.style else one.role


def resource_lines(one: Resource) -> Iterator[tuple[str, str]]:
    """Yield what is known about a resource, with labels."""
    if one.item and one.collection:
        yield "collection", one.collection
    if one.key.parts:
        parts = ", ".join(
            f"{part.parameter or '(no parameter)'} = {part.field or 'not in the item'}" for part in one.key.parts
        )
        by = f", chosen by {_BY[one.key.chosen_by]}" if one.key.chosen_by else ""
        yield "key", f"{parts}{by}: {one.key.reason}"
    if one.schema:
        yield "schema", f"#{one.schema}"
    around = [f"{what} at {at}" for what, at in (
        ("the list", one.envelope.list), ("an item", one.envelope.item),
        ("the item in a request", one.envelope.request),
    ) if at]  # fmt: skip
    if around:
        yield "envelope", ", ".join(around)
    for parent in one.parents:
        held = f", held in {parent.field}" if parent.field else ""
        made = ", which nothing makes" if parent.implicit else ""
        some = ", at some paths" if parent.optional else ""
        yield "parent", f"{parent.resource} by {parent.parameter}{held}{some}{made}"
    if one.implicit and one.key.parts:
        yield "items", "any key names one: nothing makes them, or says which there are"
    if one.owner:
        yield "owner", f"the {one.owner}"
    if one.other_paths:
        yield "also at", ", ".join(one.other_paths)
    yield "because", one.reason


_BY = {"server": "the server", "client": "the client", "either": "the client or else the server"}


def explained(one: Operation) -> str:
    """Return the reason of an operation and what else is known of it, as one line."""
    found = [one.reason]
    if one.answers:
        found.append(f"answers {'with ' if one.answers != 'nothing' else ''}{_ANSWERS[one.answers]}")
    if one.key_at and one.answers != "item":
        found.append(f"the key is in {one.key_at}")
    for effect in one.effects:
        said = (("sets", effect.set), ("counts", effect.increment), ("adds to", effect.append),
                ("takes out of", effect.remove))  # fmt: skip
        found += [f"{word} {pointer}" for word, held in said for pointer in held]
    if one.members:
        found.append(f"members in {one.members}")
    if one.paging is not None:
        found.append(f"pages by {one.paging.style} ({', '.join(one.paging.parameters.values())})")
    if one.filters:
        found.append("filters " + ", ".join(_filter(*each) for each in (
            (filter_.parameter, filter_.field, filter_.test) for filter_ in one.filters)))  # fmt: skip
    if one.sort:
        found.append(f"sorted by {', '.join(one.sort)}")
    if one.within:
        found.append("within " + ", ".join(f"{name} of {parameter}" for parameter, name in one.within.items()))
    return "; ".join(found)


_ANSWERS = {"item": "the item", "list": "a list", "receipt": "a receipt", "nothing": "nothing"}


def _filter(parameter: str, field: str, test: str) -> str:
    return f"{parameter} ({test}{f' {field}' if field and field != f'/{parameter}' else ''})"
