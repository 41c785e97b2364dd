"""watch and unwatch: following a sale."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from engine.ids import MadeId, SaleId
from engine.limits import TOPICS_PER_SOCKET_MAX
from engine.refusals import Code, Refusal
from server.caller import Caller
from server.clock import now_ms
from server.live.hub import Hub
from server.live.registry import Ask, command
from server.live.sale_view import OPEN_TOPICS, TOPICS
from server.live.shapes import SeatsMember, TakingsMember
from server.live.socket import Socket

Topic = Literal["room", "seats", "pools", "counters", "takings"]


class WatchAsk(Ask):
    sale: SaleId
    topics: list[Topic] = Field(min_length=1, max_length=TOPICS_PER_SOCKET_MAX)
    epoch: MadeId | None = None
    seq: int | None = Field(default=None, ge=0)


class WatchAnswer(TypedDict):
    epoch: str
    seq: int
    state: str
    now_ms: int
    resumed: NotRequired[bool]
    seats: NotRequired[SeatsMember]
    pools: NotRequired[dict[str, int]]
    room: NotRequired[dict[str, Any]]
    counters: NotRequired[dict[str, int]]
    takings: NotRequired[TakingsMember]


class UnwatchAsk(Ask):
    sale: SaleId
    topics: list[Topic] | None = Field(default=None, max_length=TOPICS_PER_SOCKET_MAX)


class Nothing(TypedDict):
    pass


@command("watch")
async def watch(caller: Caller, ask: WatchAsk) -> WatchAnswer:
    """Follow a sale: a snapshot now, then what changes; with epoch and seq only what was missed."""
    socket = on_socket(caller)
    await caller.sale(ask.sale)
    if not set(ask.topics) <= set(OPEN_TOPICS) and not await caller.owns(ask.sale):
        raise Refusal(Code.FORBIDDEN)
    await caller.process.hubs.view(ask.sale)
    hub = caller.process.hubs.of(ask.sale)
    before = hub.topics(socket)
    topics = before.union(ask.topics)
    view = await hub.view()
    if before:  # it may watch seats alone, and be further than those who watch more
        await hub.reach(view.epoch, hub.told(before), topics)
    elif ask.epoch is not None and ask.seq is not None:
        await hub.reach(ask.epoch, ask.seq, topics)
    view = await hub.view()
    check_room(socket, hub, ask)
    socket.watched[ask.sale] = hub
    # No await from here on: the answer leaves before any later event.
    answer: WatchAnswer = {"epoch": view.epoch, "seq": hub.told(topics), "state": view.state, "now_ms": now_ms()}
    if ask.epoch is not None and ask.seq is not None and hub.resume(socket, ask.topics, ask.epoch, ask.seq):
        answer["resumed"] = True
        answer["seq"] = ask.seq
        return answer
    hub.watch(socket, ask.topics)
    for topic in TOPICS:
        if topic in ask.topics:
            answer[topic] = view.member(topic)
    return answer


def check_room(socket: Socket, hub: Hub, ask: WatchAsk) -> None:
    others = sum(len(each.topics(socket)) for sale, each in socket.watched.items() if sale != ask.sale)
    if others + len(hub.topics(socket) | set(ask.topics)) > TOPICS_PER_SOCKET_MAX:
        raise Refusal(Code.TOO_MANY_WATCHES)


def on_socket(caller: Caller) -> Socket:
    assert isinstance(caller, Socket), "watching needs a socket"
    return caller


@command("unwatch")
async def unwatch(caller: Caller, ask: UnwatchAsk) -> Nothing:
    """Stop following a sale, or some topics of it."""
    socket = on_socket(caller)
    hub = socket.watched.get(ask.sale)
    if hub is not None:
        hub.unwatch(socket, TOPICS if ask.topics is None else ask.topics)
        if not hub.topics(socket):
            del socket.watched[ask.sale]
    return {}
