"""Moments as people write them."""

from datetime import UTC, datetime

from server.pages.language import moment


def test_moments_are_told_at_the_clocks_of_the_venue() -> None:
    at = datetime(2027, 3, 28, 19, 30, tzinfo=UTC)
    assert moment(at, "Europe/Madrid", "es") == "dom 28 de marzo de 2027, 21:30"
    assert moment(at, "America/Sao_Paulo", "pt") == "dom 28 de março de 2027, 16:30"
    assert moment(at, "Asia/Kolkata", "en") == "Mon 29 March 2027, 01:00"
