"""XML, as `xml:` in schemas tells: names, attributes, wrapped lists, namespaces. No document types, no entities."""

import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from specdouble.openapi.bodies.base import BodyError, Limits
from specdouble.openapi.shapes import ANYTHING, Shape, text_of

_SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f"{_SCHEMA_INSTANCE} nil"
_NAME = re.compile(r"[^\W\d][\w.\-]*")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str]
    children: list["_Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def read(raw: bytes, shape: Shape, limits: Limits) -> Any:
    """Return what an XML text says, typed by the shape."""
    root = _parse(raw, limits)
    name = _xml(shape).get("name")
    if isinstance(name, str) and root.name != name:
        raise BodyError(f"the root is {root.name[:60]}, not {name}")
    return _value(root, shape)


def _parse(raw: bytes, limits: Limits) -> _Element:
    top = _Element("", {})
    stack = [top]
    seen = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal seen
        seen += 1
        if len(stack) > limits.depth or seen > limits.fields * 100:
            raise BodyError("too many elements, or nested too deeply", "size")
        local = {key if key == _NIL else key.rpartition(" ")[2]: value for key, value in attributes.items()}
        made = _Element(name.rpartition(" ")[2], local)
        stack[-1].children.append(made)
        stack.append(made)

    def doctype(*_found: Any) -> None:
        raise BodyError("a document type is not read")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: stack.pop()
    parser.CharacterDataHandler = lambda text: stack[-1].texts.append(text)
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise BodyError(f"not valid XML: {expat.ErrorString(error.code)}", place=(error.lineno, error.offset)) from None
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        if isinstance(error, BodyError):
            raise
        raise BodyError(f"not valid XML: {error}") from None
    return top.children[0]


def _value(element: _Element, shape: Shape) -> Any:
    if element.attributes.get(_NIL) == "true":
        return None
    if shape.untyped:
        return _untyped(element)
    if shape.form == "object":
        return _members(element, shape)
    if shape.form == "array":
        return [_value(one, shape.item(at)) for at, one in enumerate(element.children)]
    text = element.text
    return shape.read(text if "string" in shape.types else text.strip())


def _untyped(element: _Element) -> Any:
    attributes = {name: value for name, value in element.attributes.items() if name != _NIL}
    if not element.children and not attributes:
        return element.text
    found: dict[str, Any] = dict(attributes)
    for one in element.children:
        value = _untyped(one)
        if one.name in found:
            known = found[one.name]
            value = [*known, value] if isinstance(known, list) else [known, value]
        found[one.name] = value
    return found


def _members(element: _Element, shape: Shape) -> dict[str, Any]:
    found: dict[str, Any] = {}
    taken: set[str] = set()
    for name, member in shape.properties.items():
        kind, local = _node(member), _local(name, member)
        if kind == "attribute":
            if local in element.attributes:
                found[name] = member.read(element.attributes[local])
        elif kind == "text":
            found[name] = member.read(element.text)
        else:
            local = local if member.form != "array" or _wrapped(member) else _local(name, member.item())
            taken.add(local)
            same = [one for one in element.children if one.name == local]
            if member.form == "array" and not _wrapped(member):
                if same:
                    found[name] = [_value(one, member.item(at)) for at, one in enumerate(same)]
            elif same:
                found[name] = _value(same[-1], member)
    rest = _Element("", {}, [one for one in element.children if one.name not in taken])
    if rest.children:
        more: dict[str, Any] = {}
        for one in rest.children:
            value = _value(one, shape.member(one.name))
            known = more.get(one.name)
            more[one.name] = (
                value if one.name not in more else [*known, value] if isinstance(known, list) else [known, value]
            )
        found.update(more)
    return found


def _xml(shape: Shape) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in reversed(shape.parts):
        if isinstance(part.get("xml"), dict):
            found.update(part["xml"])
    return found


def _node(shape: Shape) -> str:
    given = _xml(shape)
    kind = given.get("nodeType")  # 3.2
    if isinstance(kind, str):
        return "text" if kind in ("text", "cdata") else kind
    return "attribute" if given.get("attribute") is True else "element"


def _wrapped(shape: Shape) -> bool:
    given = _xml(shape)
    return given.get("wrapped") is True or given.get("nodeType") == "element"


def _local(name: str, shape: Shape) -> str:
    given = _xml(shape).get("name")
    return given if isinstance(given, str) else name


def write(value: Any, shape: Shape, root: str) -> bytes:
    """Return a value as XML; `root` is the name of its element where the schema gives none."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + _element(_local(root, shape), value, shape).encode()


def _element(name: str, value: Any, shape: Shape) -> str:
    given = _xml(shape)
    prefix, namespace = given.get("prefix"), given.get("namespace")
    tag = f"{_checked(prefix)}:{_checked(name)}" if isinstance(prefix, str) and prefix else _checked(name)
    attributes = ""
    if isinstance(namespace, str):
        attributes = f" xmlns{':' + prefix if prefix else ''}={quoteattr(namespace)}"
    if value is None:
        return f'<{tag}{attributes} xmlns:xsi="{_SCHEMA_INSTANCE}" xsi:nil="true"/>'
    if isinstance(value, dict):
        inner, more = _content(value, shape)
        attributes += more
    elif isinstance(value, list):
        item = _local(name, shape.item())
        inner = "".join(_element(item, one, shape.item(at)) for at, one in enumerate(value))
    else:
        inner = _text(value)
    return f"<{tag}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{attributes}/>"


def _content(value: dict[str, Any], shape: Shape) -> tuple[str, str]:
    """Return the elements inside of a mapping's element, and its attributes."""
    inner, attributes = [], []
    for name, one in value.items():
        member = shape.properties.get(name, ANYTHING) if name in shape.properties else shape.member(name)
        kind, local = _node(member), _local(name, member)
        if kind == "attribute":
            prefix = _xml(member).get("prefix")
            full = f"{_checked(prefix)}:{_checked(local)}" if isinstance(prefix, str) and prefix else _checked(local)
            namespace = _xml(member).get("namespace")
            if isinstance(namespace, str) and prefix:
                attributes.append(f" xmlns:{prefix}={quoteattr(namespace)}")
            attributes.append(f" {full}={_attribute(one)}")
        elif kind == "text":
            inner.append(_text(one))
        elif isinstance(one, list) and not _wrapped(member):
            item = _local(name, member.item())
            inner += [_element(item, each, member.item(at)) for at, each in enumerate(one)]
        else:
            inner.append(_element(local, one, member))
    return "".join(inner), "".join(attributes)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BodyError(f"{name[:60]!r} is no name of an XML element", "value")
    return name


def _text(value: Any) -> str:
    return escape(_allowed(value), {"\r": "&#13;"})


def _attribute(value: Any) -> str:
    return quoteattr(_allowed(value))


def _allowed(value: Any) -> str:
    try:
        text = text_of(value)
    except ValueError as error:
        raise BodyError(str(error), "value") from None
    if _FORBIDDEN.search(text):
        raise BodyError("XML cannot hold control characters", "value")
    return text
