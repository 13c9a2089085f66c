"""A YAML loader that yields what JSON could say, and nothing else.

YAML 1.1 turns `2026-06-21` into a date and `on`, `off`, `yes` and `no` into booleans; OpenAPI asks for the JSON types
only. This module imports PyYAML, so nothing on the way of a cached document may import it.
"""

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    _Base = yaml.SafeLoader
else:
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where libyaml is there

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_BOOLEAN = "tag:yaml.org,2002:bool"


class JsonLoader(_Base):
    """The safe loader without dates, and with `true` and `false` as the only booleans."""


JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP and (tag != _BOOLEAN or first in "tTfF")]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}
