"""Auth files of Web Fuzzing Commons, and credentials by security scheme."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from specdouble.verify.identities import Identities, gather
from specdouble.verify.identities.calls import log_in
from specdouble.verify.identities.wfc import Entry, LoginCall, Token, read
from specdouble.verify.problems import SettingsError
from specdouble.verify.results.replay import command
from specdouble.verify.running.gather import gather as settings_from
from tests.verify.generated.served import AUTH, document

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "key": {"type": "apiKey", "in": "query", "name": "k"},
    "crumb": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "oauth": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {"read": ""}}}},
}


def answering(request: httpx.Request) -> httpx.Response:
    """Answer as a server with logins does."""
    if request.url.path == "/token":
        return httpx.Response(200, json={"access_token": f"for {request.content.decode()}"})
    return httpx.Response(
        200,
        json={"data": {"token": "t-1"}, "user": {"id": 7}},
        headers={"set-cookie": "sid=c-1; Path=/", "x-token": "h-1"},
    )


def people(tmp_path: Path, text: str = "", words: tuple[str, ...] = ()) -> Identities:
    """Return the people of a file and of words."""
    path = tmp_path / "auth.yaml"
    path.write_text(text)
    http = httpx.Client(transport=httpx.MockTransport(answering))
    return gather(str(path) if text else "", words, SCHEMES, http, "http://target/api")


def test_a_template_completes_each_person(tmp_path: Path) -> None:
    """What the template says holds for everybody who does not say otherwise, member by member."""
    path = tmp_path / "a.yaml"
    path.write_text(
        """
        auth:
          - name: a
            loginEndpointAuth: {payloadUserPwd: {username: x, password: 1, usernameField: u, passwordField: p}}
          - {name: b, loginEndpointAuth: {endpoint: /other, payloadRaw: "{}"}}
        authTemplate:
          loginEndpointAuth: {endpoint: /login, verb: POST, contentType: application/json, expectCookies: true}
        """
    )
    one, other = read(path)
    assert (one.login.url, one.login.payload, one.login.cookies) == ("/login", {"u": "x", "p": "1"}, True)
    assert (other.login.url, other.login.raw) == ("/other", "{}")


@pytest.mark.parametrize(
    ("token", "headers", "query"),
    [
        ("token: {extractFromField: /data/token, httpHeaderName: X-T, headerPrefix: 'JWT '}", {"X-T": "JWT t-1"}, {}),
        (
            "token: {extractFrom: header, extractSelector: x-token, sendName: A, sendTemplate: '{token}!'}",
            {"A": "h-1!"},
            {},
        ),
        ("token: {extractSelector: /data/token, sendIn: query, sendName: q}", {}, {"q": "t-1"}),
        ("token: {extractSelector: /data/token, sendIn: cookie, sendName: c}", {"Cookie": "c=t-1"}, {}),
        ("expectCookies: true", {"Cookie": "sid=c-1"}, {}),
    ],
)
def test_a_login_gives_what_the_file_says(token: str, headers: Any, query: Any, tmp_path: Path) -> None:
    """Tokens are taken from the body or a header, and sent in a header, the query or a cookie; cookies as they come."""
    found = people(
        tmp_path,
        f"auth: [{{name: a, loginEndpointAuth: {{endpoint: /login, verb: POST, payloadRaw: '{{}}', {token}}}}}]",
    )
    assert (found.first.everything.headers, found.first.everything.query) == (headers, query)


def test_fixed_headers_are_sent(tmp_path: Path) -> None:
    """Somebody without a login has their headers."""
    found = people(tmp_path, "auth: [{name: admin, fixedHeaders: [{name: X-Key, value: abc}]}]")
    assert found.first.everything.headers == {"X-Key": "abc"}
    assert found.people[0].higher


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("auth: [{name: a, fixedHeadres: []}]", "'fixedHeadres' is unknown; the closest is 'fixedHeaders'"),
        ("auth: []", "it has no people"),
        ("auth: [{name: a}]", "neither fixedHeaders nor loginEndpointAuth"),
        ("auth: [{name: a, loginEndpointAuth: {endpoint: /l, verb: POST}}]", "says neither token nor expectCookies"),
        ("auth: [{name: a, loginEndpointAuth: {verb: POST, expectCookies: true}}]", "it names no endpoint"),
        (
            "auth: [{name: a, loginEndpointAuth: {endpoint: /l, verb: JUMP, expectCookies: true}}]",
            "the verb 'JUMP' is none of",
        ),
        ("auth: [{name: a, fixedHeaders: [{name: X}]}]", "a header has a name and a value"),
        ("- 1", "a mapping is expected, not list"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, said: str, tmp_path: Path) -> None:
    """The message names the place, what is wrong and the closest right thing."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as error:
        read(path)
    assert said in str(error.value)


def test_credentials_go_by_their_scheme(tmp_path: Path) -> None:
    """A word becomes what the scheme wants; the second of a scheme is a second person's; a name says whose it is."""
    found = people(tmp_path, words=("bearer=t1", "bearer=t2", "basic=u:p", "key@boss=k1", "crumb=c1", "oauth@boss=u:p"))
    one, two, boss = found.people
    assert one.credential((frozenset({"bearer"}),)).headers == {"Authorization": "Bearer t1"}
    assert two.everything.headers == {"Authorization": "Bearer t2"}
    assert one.credential((frozenset({"crumb"}),)).headers == {"Cookie": "sid=c1"}
    encoded = base64.b64encode(b"u:p").decode()
    assert one.credential((frozenset({"basic"}),)).headers == {"Authorization": f"Basic {encoded}"}
    assert boss.credential((frozenset({"key"}),)).query == {"k": "k1"}
    assert "username=u" in boss.credential((frozenset({"oauth"}),)).headers["Authorization"]


def test_a_command_prints_a_credential(tmp_path: Path) -> None:
    """A value that begins with ! is a command."""
    assert people(tmp_path, words=("bearer=!echo t9",)).first.everything.headers == {"Authorization": "Bearer t9"}


@pytest.mark.parametrize("word", ["bearer", "bearer=", "=x", "beraer=x"])
def test_a_word_of_another_form_is_refused(word: str, tmp_path: Path) -> None:
    """A word needs a scheme of the document and a value."""
    with pytest.raises(SettingsError, match=r"--credential"):
        people(tmp_path, words=(word,))


def test_who_is_asked_first_has_the_fewest_rights(tmp_path: Path) -> None:
    """Peers come before administrators, who are told by their names."""
    found = people(
        tmp_path,
        "auth: ["
        + ", ".join(f"{{name: {one}, fixedHeaders: [{{name: K, value: {one}1}}]}}" for one in ("admin", "al", "bo"))
        + "]",
    )
    assert [one.name for one in found.peers] == ["al", "bo"]
    assert [one.name for one in found.in_order] == ["al", "admin", "bo"]
    assert found.other(found.first).name == "bo"  # type: ignore[union-attr]


def test_the_command_of_a_finding_names_the_auth_file_and_no_secret(tmp_path: Path) -> None:
    """A finding is made again with the people of the run; credentials given as words stay in the environment."""
    given = {"spec": str(document(tmp_path)), "target": "http://127.0.0.1:1", "auth": str(AUTH), "seed": 3}
    line = command(
        settings_from({**given, "credential": ("bearer=s3cret-value",)}, {}), "test_x.py::test_y[GET /shelves]"
    )
    assert f"--auth {AUTH}" in line
    assert "s3cret-value" not in line


def test_the_login_of_the_template_is_for_those_without_static_headers(tmp_path: Path) -> None:
    """Somebody with static headers of their own is not logged in, though the template says how others are."""
    file = tmp_path / "people.yaml"
    file.write_text(
        "auth:\n"
        "  - name: ann\n"
        "    loginEndpointAuth: {payloadUserPwd: {username: a, password: b, usernameField: u, passwordField: p}}\n"
        "  - name: admin\n"
        "    fixedHeaders: [{name: X-Api-Key, value: abc}]\n"
        "authTemplate:\n"
        "  loginEndpointAuth: {endpoint: /login, expectCookies: true}\n"
    )
    ann, admin = read(file)
    assert ann.login is not None
    assert (admin.login, admin.headers) == (None, {"X-Api-Key": "abc"})


@pytest.mark.parametrize("endpoint", ["/api/login", "/login", "http://server/api/login"])
def test_a_login_may_stand_below_the_base_path_or_at_the_root(endpoint: str) -> None:
    """The path of a login is found whichever of both it is written from."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.url.path == "/api/login" else 404, json={"token": "t"})

    call = LoginCall(
        url=endpoint,
        verb="POST",
        raw="u=a&p=b",
        content_type="application/x-www-form-urlencoded",
        token=Token("body", "/token", "header", "X", "{token}"),
    )
    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        made = log_in(http, "http://server/api", Entry("ann", {}, call))
    assert (made.credential.headers, made.sent, made.path) == ({"X": "t"}, {"u": "a", "p": "b"}, "/login")
