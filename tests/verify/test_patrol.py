"""Which sales are verified, turn by turn."""

from __future__ import annotations

from engine.verify.verify import Patrol

LIVE = [f"s{number:02}" for number in range(25)]


def test_what_moved_comes_in_every_turn_and_all_others_come_round() -> None:
    patrol, seen = Patrol(quiet_per_turn=10), list[str]()
    for _ in range(3):
        turn = patrol.turn(LIVE, {"s03", "gone"})
        assert turn[0] == "s03"
        assert len(turn) == len(set(turn)) == 11
        seen += turn
    assert set(seen) == set(LIVE)


def test_what_is_broken_comes_again_until_it_is_mended() -> None:
    patrol = Patrol(quiet_per_turn=1)
    (first,) = patrol.turn(LIVE, ())
    patrol.looked(first, broken=True)
    assert patrol.turn(LIVE, ()) == [first, "s01"]
    patrol.looked(first, broken=False)
    assert patrol.turn(LIVE, ()) == ["s02"]


def test_few_sales_all_come_in_every_turn() -> None:
    patrol = Patrol(quiet_per_turn=10)
    for _ in range(3):
        assert sorted(patrol.turn(LIVE[:4], ())) == LIVE[:4]
    assert patrol.turn([], ()) == []
