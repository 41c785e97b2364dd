"""What operators do with messages: look, read (which leaves a trace), and send again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.audit import Actor
from engine.messages import Again, Outcome, Sent
from tests.messages.conftest import LINK, Office

BY = Actor("ana")
ACTS = "SELECT act, subject FROM audit WHERE subject = $1 ORDER BY id"


async def test_a_refused_letter_is_read_and_sent_again(office: Office) -> None:
    office.channel.answers = [Sent(Outcome.REFUSED, "554")]
    await office.write("reset:1")
    await office.write("reset:2")
    assert (await office.desk.waiting()).count == 2
    await office.send()
    (refused,) = await office.desk.listed("refused", 10)
    assert [view.key for view in await office.desk.listed(None, 10)] == ["reset:2", "reset:1"]
    assert (await office.desk.waiting()).count == 0
    assert office.post.outcomes == {("email", "refused"): 1, ("email", "sent"): 1}
    mail = await office.desk.read(refused.id, BY)
    assert mail is not None
    assert LINK in mail.message.words.text
    assert await office.desk.send_again(refused.id, BY) is Again.QUEUED
    assert await office.desk.send_again(refused.id, BY) is Again.WAITING
    await office.send()
    assert (await office.state(refused.key))["state"] == "sent"
    assert len({message.id for message in office.channel.took}) == 2
    acts = [tuple(row) for row in await office.db.fetch(ACTS, refused.id)]
    assert acts == [("message.read", refused.id), ("message.resend", refused.id)]


async def test_what_cannot_be_sent_again(office: Office) -> None:
    now = datetime.now(UTC)
    await office.write("old:1")
    await office.write("ended:1", until=now - timedelta(seconds=1))
    await office.write("good:1", until=now + timedelta(hours=1))
    await office.send()
    ids = {row["key"]: row["id"] for row in await office.db.fetch("SELECT key, id FROM message")}
    await office.db.execute("UPDATE message SET sealed = NULL WHERE key = 'old:1'")
    assert await office.desk.send_again(ids["old:1"], BY) is Again.FORGOTTEN
    assert await office.desk.send_again(ids["ended:1"], BY) is Again.ENDED
    assert await office.desk.send_again(ids["good:1"], BY) is Again.QUEUED
    assert await office.desk.send_again("msg_nothing", BY) is Again.UNKNOWN
    assert await office.desk.read("msg_nothing", BY) is None
    assert await office.desk.show("msg_nothing") is None
