"""The agenda beside a plain dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.onsale.agenda import Agenda

SALES = st.sampled_from("abcde")
INSTANTS = st.integers(0, 20).map(float)
STEPS = st.one_of(
    st.tuples(st.just("set"), SALES, INSTANTS),
    st.tuples(st.just("advance"), SALES, INSTANTS),
    st.tuples(st.just("drop"), SALES, st.just(0.0)),
    st.tuples(st.just("due"), st.just(""), INSTANTS),
)


@given(st.lists(STEPS, max_size=300))
def test_it_says_what_is_due_and_nothing_else(steps: list[tuple[str, str, float]]) -> None:
    agenda, model = Agenda(), dict[str, float]()
    for act, sale, at in steps:
        match act:
            case "set":
                agenda.set(sale, at)
                model[sale] = at
            case "advance":
                agenda.advance(sale, at)
                model[sale] = min(at, model.get(sale, at))
            case "drop":
                agenda.drop(sale)
                model.pop(sale, None)
            case _:
                due = agenda.due(at)
                assert sorted(due) == sorted(each for each, each_at in model.items() if each_at <= at)
                assert [model[each] for each in due] == sorted(model[each] for each in due)
                model = {each: each_at for each, each_at in model.items() if each_at > at}
        first = agenda.first()
        assert not model or (first is not None and first <= min(model.values()))
