"""What is true of a world at any moment. Each function yields what is broken, one sentence each; nothing means sound.

``STATE`` looks at the documents. What an answer says of them is judged in `answers`, what was seen before in `history`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from specdouble.mock.state.world import World
from specdouble.moments import parse_stamp
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps
from specdouble.packs.imperal.mockserver.auth_gateway.developer import _earnings
from specdouble.packs.imperal.mockserver.auth_gateway.money import _money

Broken = Iterator[str]
FIRST_PARTY = "imp_dev_imperal"

# -- money ---------------------------------------------------------------------------------------------------------

DEBITS = frozenset({"deduct", "tier_fee"})  # an action's price, and a fee; plans are paid by card


def balances(world: World) -> Broken:
    """A balance is the sum of its ledger, counted anew, and never below zero (B02)."""
    sums: Counter[str] = Counter()
    for entry in world.state["ledger"]:
        sums[entry["user_id"]] += entry["amount"]
    for user_id in sums.keys() | {wallet["user_id"] for wallet in world.state["wallets"]}:
        shown = _money.balance(world, user_id)
        if shown != sums[user_id] or shown < 0:
            yield f"{user_id} has a balance of {shown}; the ledger says {sums[user_id]}"
    for user_id in sums:
        if user_id not in world.state["wallets"]:
            yield f"{user_id} has a ledger and no wallet"


def payments_credit_once(world: World) -> Broken:
    """A completed payment has exactly one credit, of its tokens and under its id; any other has none (B03, B04)."""
    for payment in world.state["payments"]:
        intent = payment["payment_intent_id"]
        credits_ = [(one["user_id"], one["amount"]) for one in world.state["ledger"].find(transaction_id=intent)]
        due = [(payment["user_id"], payment["tokens"])] if payment["status"] == "completed" else []
        if credits_ != due:
            yield f"payment {intent} is {payment['status']} and has the credits {credits_}"


def debits_have_a_reason(world: World) -> Broken:
    """A debit names the app whose function it paid, or the fee that it was."""
    for entry in world.state["ledger"]:
        if entry["amount"] < 0:
            fits = entry["reason"] in DEBITS and bool(entry["app_id"]) == (entry["reason"] == "deduct")
            if not fits or not entry["description"]:
                yield f"ledger entry {entry['id']} takes {entry['amount']} for {entry['reason']!r}"


def one_grant(world: World) -> Broken:
    """Nobody gets the free plan's grant twice."""
    grants = Counter(
        entry["user_id"]
        for entry in world.state["ledger"]
        if entry["reason"] == "grant" and entry["transaction_id"] not in world.state["payments"]
    )
    for user_id, count in grants.items():
        if count > 1 and _made_here(world, user_id):
            yield f"{user_id} was granted the free plan's tokens {count} times"


def _made_here(world: World, user_id: str) -> bool:
    """Tell people who signed up here from the seed data, whose histories hold the grants of former months."""
    user = world.state["users"].get(user_id)
    return user is not None and "password" not in user


def default_cards(world: World) -> Broken:
    """Who has cards has exactly one default among them (B09)."""
    defaults: Counter[str] = Counter()
    holders = set()
    for card in world.state["cards"]:
        holders.add(card["user_id"])
        defaults[card["user_id"]] += card["is_default"]
    for user_id in holders:
        if defaults[user_id] != 1:
            yield f"{user_id} has {defaults[user_id]} default cards"


def auto_topup_cards(world: World) -> Broken:
    """The card of an automatic top-up is the user's own, or none is named."""
    for settings in world.state["auto_topups"]:
        card_id = settings["payment_method_id"]
        card = world.state["cards"].get(card_id)
        if card_id and (card is None or card["user_id"] != settings["user_id"]):
            yield f"the automatic top-up of {settings['user_id']} names the card {card_id}"


def earnings_add_up(world: World) -> Broken:
    """A price is its two shares; totals are paid out, pending, and asked for; nobody asks for more than there is."""
    earned: Counter[str] = Counter()
    for one in world.state["earnings"]:
        earned[one["imperal_id"]] += one["developer_share"]
        if one["base_price"] != one["developer_share"] + one["platform_share"]:
            yield f"earning {one['id']} splits {one['base_price']} wrongly"
    asked: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for payout in world.state["payouts"]:
        asked[payout["imperal_id"]][payout["status"]] += payout["amount_tokens"]
    for developer in world.state["developers"]:
        user_id = developer["imperal_id"]
        totals, mine = _earnings.totals(world, user_id), asked[user_id]
        if totals["pending_payout"] < 0 or totals["paid_out"] != mine["paid"]:
            yield f"{user_id} has the totals {totals} and the payouts {dict(mine)}"
        if earned[user_id] != totals["paid_out"] + totals["pending_payout"] + mine["pending"] + mine["approved"]:
            yield f"{user_id} has earned {earned[user_id]}; the totals say {totals}"


# -- apps ----------------------------------------------------------------------------------------------------------


def ratings(world: World) -> Broken:
    """An app's rating is the mean of its reviews, 0 without one; its installs are counted, never kept."""
    stars: defaultdict[str, list[int]] = defaultdict(list)
    for review in world.state["reviews"]:
        stars[review["app_id"]].append(review["rating"])
    installs = Counter(held["app_id"] for held in world.state["installs"])
    for app in world.state["apps"]:
        app_id, given = app["app_id"], stars[app["app_id"]]
        mean = round(sum(given) / len(given), 2) if given else 0.0
        if _apps.rating(world, app_id) != (mean, len(given)):
            yield f"{app_id} is rated {_apps.rating(world, app_id)}; its reviews say {mean} of {len(given)}"
        if _apps.install_count(world, app_id) != installs[app_id]:
            yield f"{app_id} counts {_apps.install_count(world, app_id)} installs; there are {installs[app_id]}"


def one_of_each(world: World) -> Broken:
    """One install per user and app, one review per user and app, one vote per user and review, not on one's own."""
    for name, fields in (
        ("installs", ("user_id", "app_id")),
        ("reviews", ("user_id", "app_id")),
        ("votes", ("user_id", "review_id")),
        ("disabled", ("user_id", "app_id")),
        ("users", ("tenant_id", "email")),
        ("roles", ("tenant_id", "name")),
        ("sessions", ("refresh_hash",)),
    ):
        seen = Counter(tuple(doc[field] for field in fields) for doc in world.state[name])
        yield from (f"{name} holds {key} {count} times" for key, count in seen.items() if count > 1)
    nicknames = Counter(user["nickname"] for user in world.state["users"] if user["nickname"])
    yield from (f"the nickname {name!r} is had {count} times" for name, count in nicknames.items() if count > 1)
    for vote in world.state["votes"]:
        review = world.state["reviews"].get(vote["review_id"])
        if review is not None and review["user_id"] == vote["user_id"]:
            yield f"{vote['user_id']} voted for their own review {review['id']}"


def reviewed_have_a_deploy(world: World) -> Broken:
    """An app in the review queue has a successful deploy (M15, M16)."""
    for app in world.state["apps"].find(status="pending_review"):
        if not any(one["status"] == "success" for one in world.state["deploys"].find(app_id=app["app_id"])):
            yield f"{app['app_id']} is in review without a successful deploy"


def system_apps_are_everybody_s(world: World) -> Broken:
    """Every live system app is installed for every verified, active person, unless the Registry dropped it (M23)."""
    rows = world.state["registry_apps"]
    system = [
        app["app_id"]
        for app in world.state["apps"].find(status="active")
        if app.get("system") and (rows.get(app["app_id"]) or {}).get("status") != "deleted"
    ]
    for user in world.state["users"]:
        if user["is_active"] and user["email_verified"]:
            for app_id in system:
                if not _apps.installed(world, user["imperal_id"], app_id):
                    yield f"{user['imperal_id']} lacks the system app {app_id}"


# -- people --------------------------------------------------------------------------------------------------------


def sessions_are_of_the_living(world: World) -> Broken:
    """Only verified, active people have sessions (A14); each has one refresh token, so at most one is valid."""
    for session in world.state["sessions"]:
        user = world.state["users"].get(session["user_id"])
        if user is None or not user["is_active"] or not user["email_verified"]:
            yield f"session {session['session_id']} is of {session['user_id']}, who may not log in"
        if not session["refresh_hash"]:
            yield f"session {session['session_id']} has no refresh token"


def verified_have_a_wallet(world: World) -> Broken:
    """Everybody who is verified has a wallet."""
    for user in world.state["users"]:
        if user["email_verified"] and user["imperal_id"] not in world.state["wallets"]:
            yield f"{user['imperal_id']} is verified and has no wallet"


# -- everything ----------------------------------------------------------------------------------------------------

# collection, field, and the collections of which one must hold what the field names
REFERENCES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    *(
        (name, "user_id", ("users",))
        for name in (
            "sessions", "verifications", "keys", "subscriptions", "wallets", "ledger", "payments", "cards",
            "setup_intents", "auto_topups", "meters", "installs", "disabled", "denials", "reviews", "votes", "records",
            "oauth_states", "actions", "automations", "confirmations", "tasks", "settings", "conversations", "events",
            "device_logins",
        )
    ),
    ("subscriptions", "plan", ("plans",)),
    ("subscriptions", "pending_plan", ("plans",)),
    ("users", "tenant_id", ("tenants",)),
    ("users", "agency_id", ("agencies",)),
    ("roles", "tenant_id", ("tenants",)),
    ("agencies", "tenant_id", ("tenants",)),
    ("tenant_settings", "tenant_id", ("tenants",)),
    ("tenants", "parent_tenant_id", ("tenants",)),
    ("installs", "app_id", ("apps", "registry_apps")),
    ("disabled", "app_id", ("apps", "registry_apps")),
    ("denials", "app_id", ("apps",)),
    ("deploys", "app_id", ("apps",)),
    ("reviews", "app_id", ("apps",)),
    ("votes", "review_id", ("reviews",)),
    ("records", "app_id", ("apps",)),
    ("secrets", "ext_id", ("apps",)),
    ("ext_health", "app_id", ("apps",)),
    ("developers", "imperal_id", ("users",)),
    ("earnings", "imperal_id", ("developers",)),
    ("payouts", "imperal_id", ("developers",)),
    ("registry_keys", "app_id", ("registry_apps",)),
    ("registry_manifests", "app_id", ("registry_apps",)),
    ("registry_settings", "app_id", ("registry_apps",)),
)  # fmt: skip


def references(world: World) -> Broken:
    """What a document names is there."""
    state = world.state
    for name, field, targets in REFERENCES:
        first, *others = (state[target] for target in targets)
        for doc in state[name]:
            value = doc[field]
            if value is not None and value not in first and not any(value in other for other in others):
                yield f"{name} {doc[state[name].declared.key]!r}: {field} {value!r} is gone"
    developers = {one["developer_id"] for one in state["developers"]} | {FIRST_PARTY}
    roles = {(role["tenant_id"], role["name"]) for role in state["roles"]}
    tenants = {tenant["tenant_id"] for tenant in state["tenants"]} | {"_platform_"}
    for app in state["apps"]:
        if app["developer_id"] not in developers:
            yield f"app {app['app_id']}: its developer {app['developer_id']} is gone"
    for user in state["users"]:
        if (user["tenant_id"], user["role"]) not in roles:
            yield f"user {user['imperal_id']}: the role {user['role']!r} is gone"
    for scope in state["scopes"]:
        if scope["tenant_id"] not in tenants:
            yield f"scope {scope['id']}: the tenant {scope['tenant_id']!r} is gone"
    for secret in state["secrets"]:
        if secret["owner"] != "__app__" and secret["owner"] not in state["users"]:
            yield f"secret {secret['id']}: its owner is gone"
    for scripted in state["webhook_answers"]:
        if scripted["id"].partition(" ")[2].partition("/")[0] not in state["apps"]:
            yield f"webhook answer {scripted['id']}: its app is gone"


TIMED = {
    "user_id": "users",
    "imperal_id": "users",
    "confirmation_id": "confirmations",
    "deploy_id": "deploys",
    "task_id": "tasks",
    "payout_id": "payouts",
}


def timers_know_the_living(world: World) -> Broken:
    """A timer is about something that is still there."""
    for timer in world.state["timers"]:
        for field, value in timer["payload"].items():
            if field in TIMED and value not in world.state[TIMED[field]]:
                yield f"timer {timer['name']} waits for {field} {value!r}, which is gone"


def times_run_forward(world: World) -> Broken:
    """Nothing was changed before it was made."""
    for name in world.state.names():
        for doc in world.state[name]:
            made, changed = doc.get("created_at"), doc.get("updated_at")
            if made and changed and changed < made and parse_stamp(changed) < parse_stamp(made):
                which = f"{name} {doc[world.state[name].declared.key]!r}"
                yield f"{which} was changed at {changed}, before it was made at {made}"


def keys_are_of_this_app(world: World) -> Broken:
    """A Registry key is not older than its app: who takes a deleted app's id does not open it with the old keys."""
    for key in world.state["registry_keys"]:
        row = world.state["registry_apps"].get(key["app_id"])
        if row is not None and parse_stamp(key["created_at"]) < parse_stamp(row["created_at"]):
            yield f"the key {key['key_id']} of {key['app_id']} is older than the app"


def tallies_add_up(world: World) -> Broken:
    """What is counted as it is written is what counting anew gives: per person, per app since it is there."""
    apps = world.state["apps"]
    done: Counter[tuple[Any, ...]] = Counter()
    used: Counter[tuple[Any, ...]] = Counter()
    users: defaultdict[str, set[str]] = defaultdict(set)
    for one in world.state["actions"]:
        done[one["user_id"], one["created_at"][:7], one["app_id"], one["status"]] += 1
        if (apps.get(one["app_id"]) or {"created_at": "9"})["created_at"] <= one["created_at"]:
            used[one["app_id"], one["created_at"][:10], one["tool_name"]] += 1
            users[one["app_id"]].add(one["user_id"])
    for tally in world.state["tallies"]:
        if tally["of"].startswith("done:"):
            done[tally["user_id"], tally["month"], tally["app_id"], tally["status"]] -= tally["calls"]
        elif tally["of"].startswith("days:"):
            used[tally["of"].partition(":")[2], tally["day"], tally["tool"]] -= tally["calls"]
    yield from (
        f"the tally {key} is wrong by {left}" for tallies in (done, used) for key, left in tallies.items() if left
    )
    for app in apps:
        counted = {one["who"] for one in world.state["tallies"].find(of=f"users:{app['app_id']}")}
        if counted != users[app["app_id"]]:
            yield f"the users of {app['app_id']} are {users[app['app_id']]}, not {counted}"
    earned: Counter[str] = Counter()
    for one in world.state["earnings"]:
        if one["imperal_id"] in world.state["developers"]:
            earned[f"{one['imperal_id']}:{one['app_id']}"] += one["developer_share"]
    for tally in world.state["tallies"]:
        kind, _, rest = tally["of"].partition("earned:")
        if not kind and rest.partition(":")[0] in world.state["developers"]:
            earned[rest] -= tally["revenue"]
    yield from (f"{key} earned {left} more than is tallied" for key, left in earned.items() if left)


def one_install_store(world: World) -> Broken:
    """Both services read one store of installs: no collection but it ties people to apps as having them."""
    named = [name for name in world.state.names() if "install" in name or name == "user_extensions"]
    if named != ["installs"]:
        yield f"there are several install stores: {named}"


STATE: tuple[Callable[[World], Broken], ...] = (
    balances,
    payments_credit_once,
    debits_have_a_reason,
    one_grant,
    default_cards,
    auto_topup_cards,
    earnings_add_up,
    ratings,
    one_of_each,
    reviewed_have_a_deploy,
    system_apps_are_everybody_s,
    sessions_are_of_the_living,
    verified_have_a_wallet,
    references,
    timers_know_the_living,
    times_run_forward,
    keys_are_of_this_app,
    tallies_add_up,
    one_install_store,
)


def broken(world: World) -> list[str]:
    """Return every sentence that every invariant has to say about a world."""
    return [f"{rule.__name__}: {said}" for rule in STATE for said in rule(world)]


def indexes(world: World) -> Broken:
    """Every index, kept total and order of every collection is what counting anew gives."""
    for name in world.state.names():
        store = world.state[name]
        own = store.declared.key
        order = [store._place(doc[own]) for doc in store]
        if any(one >= two for one, two in pairwise(order)) or len(order) != len(store):
            yield f"{name} is out of order"
        for fields in store._by:
            anew: dict[tuple[Any, ...], list[Any]] = {}
            for doc in store:
                anew.setdefault(tuple(map(doc.get, fields)), []).append(doc[own])
            known = {*anew, *store._by[fields], *(store._base.by[fields] if store._base is not None else ())}
            asked = {one: [doc[own] for doc in store.find(**dict(zip(fields, one, strict=True)))] for one in known}
            found = {one: keys for one, keys in asked.items() if keys}
            if found != anew:
                yield f"{name} has a wrong index by {fields}"
            for field, over in store._totals:
                if over == fields:
                    asked_for = {one: dict(zip(fields, one, strict=True)) for one in known}
                    totals = {one: store.sum(field, **equals) for one, equals in asked_for.items()}
                    summed = {
                        values: sum((store.get(key) or {})[field] or 0 for key in keys) for values, keys in anew.items()
                    }
                    if {one: total for one, total in totals.items() if total} != {
                        one: total for one, total in summed.items() if total
                    }:
                        yield f"{name} has wrong totals of {field} by {fields}"
