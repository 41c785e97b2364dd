"""watch and unwatch: following a sale."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.access import Permission
from engine.limits import TOPICS_PER_SOCKET_MAX
from engine.refusals import Code, RefusalError
from server.contract.asks import Nothing
from server.contract.commands import command
from server.contract.live import WATCHED, UnwatchAsk, WatchAnswer, WatchAsk
from server.contract.needs import Need
from server.contract.stamps import clock_ms
from server.known.sale_view import TOPICS
from server.live.hub import Hub
from server.live.socket import Socket
from server.who.admission import admit, lacking


@command("watch", needs=Need.NOBODY)
async def watch(socket: Socket, ask: WatchAsk) -> WatchAnswer:
    """Follow a sale: a snapshot now, then what changes; with epoch and seq only what was missed."""
    await socket.sale(ask.sale)
    for need in {WATCHED[topic] for topic in ask.topics}:
        if isinstance(need, Permission):
            await may(socket, need, ask.sale)
        else:
            admit(need, socket)
    await socket.live.hubs.view(ask.sale)
    hub = socket.live.hubs.of(ask.sale)
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
    answer: WatchAnswer = {"epoch": view.epoch, "seq": hub.told(topics), "state": view.state, "now_ms": clock_ms()}
    if ask.epoch is not None and ask.seq is not None and hub.resume(socket, ask.topics, ask.epoch, ask.seq):
        answer["resumed"] = True
        answer["seq"] = ask.seq
        return answer
    hub.watch(socket, ask.topics)
    for topic in WATCHED:
        if topic in ask.topics:
            answer[topic] = view.member(topic)
    return answer


async def may(socket: Socket, permission: Permission, sale: str) -> None:
    """Refuse who may not look at this in this sale."""
    about = await socket.about(sale)
    if socket.permit is None or about is None:
        raise RefusalError(Code.FORBIDDEN)
    if socket.permit.decides(permission, about, datetime.now(UTC)) is None:
        raise lacking(permission)


def check_room(socket: Socket, hub: Hub, ask: WatchAsk) -> None:
    others = sum(len(each.topics(socket)) for sale, each in socket.watched.items() if sale != ask.sale)
    if others + len(hub.topics(socket) | set(ask.topics)) > TOPICS_PER_SOCKET_MAX:
        raise RefusalError(Code.TOO_MANY_WATCHES)


@command("unwatch", needs=Need.NOBODY)
async def unwatch(socket: Socket, ask: UnwatchAsk) -> Nothing:
    """Stop following a sale, or some topics of it."""
    hub = socket.watched.get(ask.sale)
    if hub is not None:
        hub.unwatch(socket, TOPICS if ask.topics is None else ask.topics)
        if not hub.topics(socket):
            del socket.watched[ask.sale]
    return {}
