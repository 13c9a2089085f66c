"""What an app says about itself: texts, category and prices as developers write them, and how they read them back."""

from __future__ import annotations

import re

from specdouble.mock.kit import Call, Doc, World, invalid

from . import _apps

# id, label, other spellings that are understood on write
CATEGORIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("general", "General", ("other", "misc")),
    ("productivity", "Productivity", ("productivity-tools", "office")),
    ("communication", "Communication", ("messaging", "email", "chat")),
    ("business", "Business", ("crm", "sales")),
    ("finance", "Finance", ("money", "accounting")),
    ("files", "Files & Documents", ("documents", "storage")),
    ("developer-tools", "Developer Tools", ("development", "devtools", "developer")),
    ("marketing", "Marketing", ("advertising", "seo")),
    ("analytics", "Data & Analytics", ("data", "reporting")),
    ("education", "Education", ("learning", "teaching")),
    ("entertainment", "Entertainment", ("fun", "games")),
    ("lifestyle", "Health & Lifestyle", ("health", "personal")),
    ("utilities", "Utilities", ("tools", "utility")),
)
_SPELLINGS = {
    spelling.lower(): category_id
    for category_id, label, aliases in CATEGORIES
    for spelling in (category_id, label, *aliases)
}
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?")

TEXTS = ("description", "short_description", "long_description", "icon")
PRICES = ("pricing_model", "pricing_config", "revenue_split_dev")
SHORT = 200


def category(text: str) -> str:
    """Return a category's id for its id, label or an older spelling; an unknown one stays as it was written."""
    return _SPELLINGS.get(text.strip().lower(), text)


def view(world: World, app: Doc) -> Doc:
    """Write an app as its developer and admins read it (AppResponse); both labels hold the name (rule M11)."""
    return {
        "app_id": app["app_id"],
        "developer_id": app["developer_id"],
        "name": app["name"],
        "display_name": app["name"],
        "short_description": app["short_description"],
        "description": app["description"],
        "long_description": app["long_description"],
        "category": app["category"],
        "icon": app["icon"],
        "git_url": app["git_url"],
        "version": app["version"],
        "status": app["status"],
        "reject_reason": app["reject_reason"],
        "pricing_model": app["pricing_model"],
        "pricing_config": app["pricing_config"],
        "revenue_split_dev": app["revenue_split_dev"],
        "manifest_json": app["manifest_json"],
        "install_count": _apps.install_count(world, app["app_id"]),
        "system": bool(app["system"]),
        "created_at": app["created_at"],
        "updated_at": app["updated_at"],
    }


def written(body: Doc) -> Doc:
    """Return the fields of an app that a body sets; refuses with 422 what cannot be one. A null sets nothing."""
    given: Doc = {name: body[name] for name in TEXTS if isinstance(body.get(name), str)}
    given |= {name: body[name] for name in PRICES if body.get(name) is not None}
    named = {body[field] for field in ("name", "display_name") if body.get(field) is not None}
    if len(named) > 1:
        raise invalid(
            (("body", "display_name"), "name and display_name are one value: send one of them", "value_error")
        )
    if named:
        given["name"] = named.pop()
    if body.get("category"):
        given["category"] = category(body["category"])
    if body.get("git_url") is not None:
        given["git_url"] = body["git_url"]
    if "pricing_config" in given:
        given["pricing_config"] = _in_whole_tokens(given["pricing_config"])
    return given


def _in_whole_tokens(config: Doc) -> Doc:
    """Write prices as whole numbers: JSON may spell 5 as 5.0."""
    whole = dict(config)
    if "tool_prices" in config:
        whole["tool_prices"] = {name: int(price) for name, price in config["tool_prices"].items()}
    if "monthly_price" in config:
        whole["monthly_price"] = int(config["monthly_price"])
    return whole


def draft(world: World, developer: Doc, body: Doc, split: int) -> Doc:
    """Write a new app in draft; refuses with 422 a body that names it by neither label (rule M11)."""
    given = written(body)
    if "name" not in given:
        raise invalid((("body", "name"), "Field required: name, or display_name", "missing"))
    now = world.clock.stamp()
    return {
        "app_id": body["app_id"],
        "developer_id": developer["developer_id"],
        "description": "",
        "short_description": (given.get("description") or given["name"])[:SHORT],
        "long_description": None,
        "category": "general",
        "icon": "",
        "git_url": "",
        "version": None,
        "status": "draft",
        "reject_reason": None,
        "submitted_at": None,
        "pricing_model": "free",
        "pricing_config": None,
        "system": False,
        "featured": False,
        "tags": [],
        "manifest_json": None,
        "tools_json": None,
        "icon_svg": None,
        "created_at": now,
        "updated_at": now,
        **given,
        "revenue_split_dev": split,
    }


def origin(call: Call) -> str:
    """Return the scheme and host under which the caller reaches this server, for links to it."""
    host = call.headers.get("host") or ""
    return f"http://{host}" if _HOST.fullmatch(host) else "https://auth.example.com"


def icon(app: Doc) -> bytes:
    """Return an app's icon as SVG; without a synced one, a tile with its initial."""
    svg: str | None = app["icon_svg"]
    if svg is None:
        initial = next((letter for letter in app["name"].upper() if letter.isalnum()), "?")
        hue = sum(app["app_id"].encode()) % 360
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" role="img">'
            f'<rect width="24" height="24" rx="5" fill="hsl({hue} 45% 45%)"/>'
            '<text x="12" y="17" font-family="sans-serif" font-size="14" text-anchor="middle" fill="#fff">'
            f"{initial}</text></svg>"
        )
    return svg.encode()
