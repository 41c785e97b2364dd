"""Cookies: what each says of itself over https and http, and that over https only a session's own name counts."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server.who.tokens import cookie_of, opened_cookie_of, session_cookie_name, session_cookie_of


def asked(scheme: str) -> web.Request:
    return make_mocked_request("GET", "/", headers={"X-Forwarded-Proto": scheme})


@pytest.mark.parametrize(
    ("text", "name", "same_site", "path"),
    [
        (session_cookie_of("as_x", asked("https"), 60), "__Host-aforo_session", "Lax", "/"),
        (cookie_of("b.x", asked("https")), "aforo_buyer", "Lax", "/"),
        (opened_cookie_of("p.x", "ABC", asked("https")), "aforo_opened", "Strict", "/o/ABC"),
    ],
)
def test_a_cookie_over_https_is_for_this_host_and_no_script(text: str, name: str, same_site: str, path: str) -> None:
    morsel = SimpleCookie(text)[name]
    assert (morsel["secure"], morsel["httponly"]) == (True, True)
    assert (morsel["samesite"], morsel["path"], morsel["domain"]) == (same_site, path, "")


def test_a_session_has_a_name_that_no_other_host_can_set_but_over_http() -> None:
    assert session_cookie_name(asked("https")) == "__Host-aforo_session"
    assert session_cookie_name(asked("http")) == "aforo_session"  # browsers take no prefix there
    assert "Secure" not in session_cookie_of("as_x", asked("http"), 60)
