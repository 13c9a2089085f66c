"""The functions of the web search: this server reaches no web, so it knows the pages in ``web_pages`` and says so."""

from __future__ import annotations

import hashlib
import re

from specdouble.mock.kit import Doc, World, parse_stamp

from ..functions._declared import TEXT, TEXTS, WHOLE, Functions, one_of, up_to
from ..functions._outcomes import FunctionError, Performed, text

FUNCTIONS = Functions("web-search")
add = FUNCTIONS.add
SNIPPET = 300
CHARS_PER_TOKEN = 4
UNKNOWN = "This server reaches no web and knows no page {url}. POST /__mock__/pages adds one: {{url, title, text}}."


@add(
    "web_search",
    "read",
    "Find pages for a query.",
    "query",
    query={"type": "string", "minLength": 1},
    num_results=up_to(50),
    include_domains=TEXTS,
    recency_days=up_to(3650),
    type=one_of("auto", "fast", "instant", "deep-lite"),
    category=TEXT,
)
def _search(world: World, _user: Doc, params: Doc) -> Performed:
    """Return the pages that share words with the query, best first; ``score`` is the share of the query's words."""
    wanted, domains = _words(text(params, "query")), params.get("include_domains") or []
    days = params.get("recency_days")
    since = world.clock.now() - days * 86400 if days else 0.0
    found = []
    for page in world.state["web_pages"]:
        host = page["url"].split("/")[2]
        near = not domains or any(host == one or host.endswith(f".{one}") for one in domains)
        fits = params.get("category") in (None, "", page["category"])
        if near and fits and parse_stamp(page["published_at"]) >= since:
            score = len(wanted & _words(f"{page['title']} {page['text']}")) / max(len(wanted), 1)
            if score:
                found.append((score, page))
    found.sort(key=lambda one: (-one[0], one[1]["url"]))
    items = [
        {
            "id": page["url"],
            "url": page["url"],
            "title": page["title"],
            "snippet": page["text"][:SNIPPET],
            "published_date": page["published_at"],
            "score": round(score, 3),
        }
        for score, page in found[: params.get("num_results", 10)]
    ]
    return {"items": items, "total": len(found)}, f"{len(found)} pages found."


@add(
    "read_url",
    "read",
    "Read one page.",
    "url",
    url={"type": "string", "minLength": 1},
    max_tokens=WHOLE,
    query=TEXT,
    mode=one_of("full", "main", "outline", "tables", "metadata"),
)
def _read(world: World, _user: Doc, params: Doc) -> Performed:
    """Return a page; the modes outline, tables and metadata leave its text out."""
    page = world.state["web_pages"].get(params["url"])
    if page is None:
        raise FunctionError(UNKNOWN.format(url=params["url"][:200]))
    content, most = page["text"], params.get("max_tokens", 8000) * CHARS_PER_TOKEN
    shown = content[:most] if params.get("mode", "full") in ("full", "main") else ""
    data = {
        "id": page["url"],
        "url": page["url"],
        "final_url": page["url"],
        "title": page["title"],
        "content": shown,
        "content_type": "text/html",
        "outline": [line.lstrip("# ") for line in content.splitlines() if line.startswith("#")],
        "tables": [],
        "word_count": len(content.split()),
        "truncated": bool(shown) and len(content) > most,
        "content_hash": hashlib.sha256(content.encode()).hexdigest(),
        "published_date": page["published_at"],
    }
    return data, page["title"]


def _words(value: str) -> set[str]:
    return set(re.findall(r"\w+", value.lower()))
