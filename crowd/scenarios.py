"""The five scenarios: what a crowd does, person by person.

Each is a behaviour that plays one visit; a client lets the next person come when one has gone. What people are told of
purchases and places goes into their book, for the audit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crowd.acts import Answer, Ask, Behaviour, Seen, Step, Think, Until
from crowd.people import Person
from engine.onsale import draw_of
from engine.refusals import Code

TURN_S_MAX = 600.0
TURNS_MAX = 30
TRIES_MAX = 6
PAYMENTS_MAX = 4
PENDING_S_MAX = 20.0
SEEN_S_MAX = 5.0
WATCH_S = 20.0
LOBBY_SHARE = 0.6  # of a rehearsal's people are there before the sale opens
FIRST_VISITORS_MAX = 10_000_000  # numbers from here on are people who come after others have gone
# What one wished for can't be had: something else may be.
NOT_THERE = tuple(code.word for code in (Code.SEAT_TAKEN, Code.NONE_TOGETHER, Code.SHORT, Code.NOT_IN_PHASE))
HOT_SHARE = 0.7  # of the people want the best section

Part = Generator[Step, Answer, bool]


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    text: str
    visit: Callable[[Person], Behaviour]
    once: bool = False  # nobody comes after those who came first
    lobby: bool = False  # everybody is there before the sale opens


# ── parts of visits ──


def drawn_place(me: Person, number: int) -> int | None:
    """The place that the draw gave `number`, computed as every client may."""
    room = me.seen.room
    secret = room.get("secret")
    if not secret:
        return None
    return draw_of(bytes.fromhex(secret), room["lobby"], room["digest"] or "").place_of(number)


def come_in(me: Person) -> Part:
    """Join, wait for one's turn, enter; whether one is in."""
    if not (yield me.ask("watch", topics=["room"])):
        return False
    joined = yield me.ask("join")
    if not joined:
        return False
    number, place = joined.ok["number"], joined.ok["place"]
    if place is None:
        if not (yield Until(lambda seen: bool(seen.room.get("secret")), TURN_S_MAX, "the draw")):
            return False
        place = drawn_place(me, number)
        if me.happens(0.1):
            told = yield me.ask("join", place=joined.ok["token"])
            if told and told.ok["place"] != place:
                me.book.wrong.append(f"buyer {me.buyer} was told place {told.ok['place']}, and the draw says {place}")
    assert place is not None, "the secret was seen"
    me.book.placed(me.buyer, number, place)
    for _ in range(TURNS_MAX):
        called = yield Until(lambda seen: seen.room.get("serving", 0) > place or seen.state == "closed", TURN_S_MAX)
        if not called or me.seen.state == "closed":
            return False
        # With the signed place, which counts also when Redis has forgotten it.
        entered = yield me.ask("enter", place=joined.ok["token"])
        if entered:
            return bool(entered.ok["state"] == "open")
        if entered.code not in (Code.NOT_YOUR_TURN.word, Code.TURN_MISSED.word):
            return False
        yield Think(1.0)
    return False


def choose(me: Person, *, hot: float = 0.0) -> Part:
    """Hold something: seats of one's own choice, the best ones, or units of a pool; whether it worked."""
    for _ in range(TRIES_MAX):
        held = yield wish(me, hot)
        if held:
            return True
        if held.code not in NOT_THERE:
            return False
        yield Think(me.pause(1.0))
    return False


def wish(me: Person, hot: float) -> Step:
    ground = me.ground
    wanted = min(me.chance.choice((1, 2, 2, 2, 3, 4)), ground.person_max)
    hold = me.own_id("hold")
    if ground.pools and (not ground.sections or me.happens(0.2)):
        pool = me.chance.choice(ground.pools)
        return me.ask("hold", hold=hold, cart=False, pool={"pool": pool, "units": wanted})
    section, first, seats = ground.sections[0] if me.happens(hot) else me.chance.choice(ground.sections)
    if me.happens(0.4):
        return me.ask("hold", hold=hold, cart=False, best={"seats": wanted, "section": section})
    row = first + me.chance.randrange(seats // ground.row_seats) * ground.row_seats
    at = row + me.chance.randrange(ground.row_seats - wanted + 1)
    return me.ask("hold", hold=hold, cart=False, seats=[*range(at, at + wanted)])


def pay(me: Person) -> Part:
    """Say who one is, and buy what the cart holds; whether it was bought."""
    number = me.number
    contact = {"name": f"Person {number}", "email": f"p{number}@example.org"}
    changed = yield me.ask("change", contact=contact, key=me.key)
    if not changed:
        return False
    kinds = dict(me.ground.numbered)
    wished = {
        item["item"]: kinds[item["section"]]
        for item in changed.ok.get("items", ())
        if item.get("section") in kinds and me.happens(0.5)
    }
    if wished:
        chosen = yield me.ask("change", types=wished)
        if not chosen and chosen.code != Code.TYPE_SHORT.word:  # then it is bought as it is
            return False
    answers = {
        f"{question['id']}.{asked['ticket']}" if asked["ticket"] else question["id"]: answer_to(question)
        for question in changed.ok.get("questions", ())
        for asked in question["asked"]
    }
    if answers and not (yield me.ask("change", answers=answers)):
        return False
    yield Think(me.pause(3.0))
    order, card = me.own_id("order"), me.card()
    for _ in range(PAYMENTS_MAX):
        bought = yield me.ask("checkout", order=order, card=card)
        if bought:
            me.book.buys(me.buyer, me.key, bought.ok["order"])
            return True
        match bought.code:
            case Code.PAYMENT_PENDING.word:
                # Never pay again: wait for the news, then ask how this very order stands.
                yield Until(lambda seen: seen.heard("order"), PENDING_S_MAX, "late payment")
            case Code.PAYMENT_DECLINED.word | Code.PAYMENT_UNAVAILABLE.word | Code.ALREADY_SOLD.word:
                yield Think(me.pause(2.0))
                order, card = me.own_id("order"), me.card()
            case _:
                return False
    return False


def answer_to(question: Mapping[str, Any]) -> str:
    """What somebody says who wants to go on."""
    answers: dict[str, str] = {
        "text": "None",
        "choice": next(iter(question["options"]), ""),
        "consent": question["ask"],
    }
    return answers[question["kind"]]


# ── the scenarios ──


def queue_rush(me: Person) -> Behaviour:
    """Everybody is in the lobby when the sale opens, and buys quickly once inside."""
    yield Think(me.pause(0.5))
    if (yield from come_in(me)) and (yield from choose(me)):
        yield Think(me.pause(1.0))
        yield from pay(me)
    yield me.ask("leave")


def seat_grab(me: Person) -> Behaviour:
    """No room: everybody wants the same section, changes their mind, and takes what is left."""
    for _ in range(me.chance.randint(1, 3)):
        if not (yield from choose(me, hot=HOT_SHARE)):
            break
        if me.happens(0.6):
            yield me.ask("release", release=me.own_id("release"), cart=False)
        elif (yield from pay(me)):
            return
        yield Think(me.pause(0.5))


def promo_burst(me: Person) -> Behaviour:
    """A promo near everybody begins: look, take one, pay before the minute is over."""
    assert me.ground.where is not None, "promos have a store"
    latitude, longitude = me.ground.where
    here = {
        "latitude": latitude + me.chance.uniform(-0.005, 0.005),
        "longitude": longitude + me.chance.uniform(-0.005, 0.005),
        "accuracy_m": 20,
    }
    near = yield Ask("promos", here)
    if not near:
        return
    yield Think(me.pause(1.0))
    pool = me.ground.pools[0]
    held = yield me.ask("hold", hold=me.own_id("hold"), cart=False, pool={"pool": pool, "units": 1}, position=here)
    if held:
        yield Think(me.pause(2.0))
        yield from pay(me)


def dashboards(me: Person) -> Behaviour:
    """Many look on, few act: who acts times how long its own seat takes to reach its own screen."""
    topics = ["seats", "pools", "room", "counters"]
    if not (yield me.ask("watch", topics=topics)):
        return
    if not me.happens(0.05):
        yield Until(lambda _: False, WATCH_S)
        yield me.ask("unwatch")
        return
    for _ in range(10):
        _, first, seats = me.chance.choice(me.ground.sections)
        seat = first + me.chance.randrange(seats)
        me.seen.noted = []  # the event may come before the answer
        held = yield me.ask("hold", hold=me.own_id("hold"), cart=False, seats=[seat])
        if held:
            yield Until(shows(seat, "held"), SEEN_S_MAX, "own seat seen")
        me.seen.noted = None
        if held:
            yield me.ask("release", release=me.own_id("release"), cart=False)
        yield Think(me.pause(1.0))


def shows(seat: int, word: Literal["held", "sold"]) -> Callable[[Seen], bool]:
    def fits(seen: Seen) -> bool:
        return any(event["on"] == "seats" and seat in event.get(word, ()) for event in seen.noted or ())

    return fits


def mixed(me: Person) -> Behaviour:
    """A realistic funnel: some only look, some lose patience, some let their cart lapse, the rest buy."""
    if me.happens(0.15):
        yield me.ask("watch", topics=["room", "counters"])
        yield Think(me.pause(10.0))
        return
    if not (yield from come_in(me)):
        return
    if me.happens(0.5):
        yield me.ask("watch", topics=["seats", "pools"])
    yield Think(me.pause(4.0))
    if me.happens(0.15):
        yield me.ask("leave")
        return
    if not (yield from choose(me, hot=0.3)):
        return
    yield Think(me.pause(4.0))
    drawn = me.chance.random()
    if drawn < 0.2:
        return  # closes the window: the cart lapses by itself
    if drawn < 0.35:
        yield me.ask("release", release=me.own_id("release"))
        if not (yield from choose(me)):
            return
    yield from pay(me)


def on_sale_day(me: Person) -> Behaviour:
    """The same funnel, as people come: most wait in the lobby, the others follow, fewer and fewer."""
    if me.number < FIRST_VISITORS_MAX and not me.happens(LOBBY_SHARE):
        yield Think(me.pause(me.ground.rush_s / 3) if me.ground.rush_s else 0.0)
    yield from mixed(me)


SCENARIOS = {
    each.name: each
    for each in (
        Scenario("queue_rush", "everyone is in the lobby when a sale opens", queue_rush, once=True, lobby=True),
        Scenario("seat_grab", "an arena without a room; most want the same section", seat_grab),
        Scenario("promo_burst", "a flash promo near everybody", promo_burst),
        Scenario("dashboards", "many watch every seat, few act", dashboards),
        Scenario("mixed", "a realistic funnel, with abandonment", mixed),
    )
}
# What only `aforo rehearse` plays, since it needs a sale that opens while people come.
REHEARSAL = Scenario("rehearsal", "a rush and then the funnel", on_sale_day)
PLAYED = {**SCENARIOS, REHEARSAL.name: REHEARSAL}
