"""`aforo webhook …`: addresses of organizers that are told of what happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.audit import Act
    from engine.engine import Engine
    from engine.refusals import Refused
    from engine.webhooks import WebhookView

T = TypeVar("T")

webhook_app = typer.Typer(help="Create, run and inspect webhooks.", no_args_is_help=True)

WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The id of the webhook, whk_…")]
LIST_MAX = 50


def done(
    data_dir: Path | None,
    organizer: str | None,
    webhook: str,
    do: Callable[[Engine, Act], Awaitable[T | Refused]],
) -> T:
    """What a command did to one webhook of an organizer."""
    from engine.refusals import Refused

    async def run(engine: Engine) -> T | Refused:
        return await do(engine, await act_of(engine, organizer))

    found = with_engine(data_dir, run)
    if isinstance(found, Refused):
        raise Trouble(f"There is no such webhook or delivery of {webhook}; `aforo webhook list` names webhooks.")
    return found


@webhook_app.command()
def create(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to send to: https, public.")],
    topic: Annotated[list[str], typer.Option(help="A topic of docs/topics.md; may be given again.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Create a webhook; prints its id, and its secret, which cannot be shown again.

    Example: `aforo webhook create https://example.org/aforo --topic order.paid`
    """

    async def do(engine: Engine) -> object:
        return await engine.webhooks.endpoints.create(await act_of(engine, organizer), url, topic, label)

    from engine.webhooks import NewWebhook

    made = with_engine(data_dir, do)
    if isinstance(made, list):
        raise Trouble("\n".join(map(str, made)))
    assert isinstance(made, NewWebhook)
    print(made.id)
    print(made.secret)


@webhook_app.command("list")
def list_(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """List webhooks, and what waits for each.

    Example: `aforo webhook list`
    """

    async def do(engine: Engine) -> list[WebhookView]:
        return await engine.webhooks.endpoints.list((await act_of(engine, organizer)).organizer_id)

    table = Table(Column("webhook", no_wrap=True), "url", "topics", "waiting", "state", box=None, pad_edge=False)
    for each in with_engine(data_dir, do):
        table.add_row(each.id, escape(each.url), ", ".join(each.topics), str(each.due), state_of(each))
    Console().print(table)


def state_of(view: WebhookView) -> str:
    if view.paused is not None:
        return f"paused ({view.paused.value.replace('_', ' ')})"
    return "failing" if view.failing_since else "active"


@webhook_app.command()
def show(webhook: WebhookId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Show a webhook.

    Example: `aforo webhook show whk_…`
    """
    view = done(
        data_dir,
        organizer,
        webhook,
        lambda engine, act: engine.webhooks.endpoints.show(act.organizer_id, webhook),
    )
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    table.add_row("url", escape(view.url))
    table.add_row("label", escape(view.label))
    table.add_row("topics", ", ".join(view.topics))
    table.add_row("state", state_of(view))
    table.add_row("failing since", f"{view.failing_since:%Y-%m-%d %H:%M}" if view.failing_since else "")
    table.add_row("sequence", str(view.sequence))
    table.add_row("waiting", str(view.due))
    Console().print(table)


@webhook_app.command()
def pause(webhook: WebhookId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Send nothing more; deliveries wait.

    Example: `aforo webhook pause whk_…`
    """
    done(data_dir, organizer, webhook, lambda engine, act: engine.webhooks.endpoints.pause(act, webhook))
    print(f"{webhook} is paused; `aforo webhook resume {webhook}` goes on")


@webhook_app.command()
def resume(webhook: WebhookId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Start sending again, oldest first.

    Example: `aforo webhook resume whk_…`
    """
    done(data_dir, organizer, webhook, lambda engine, act: engine.webhooks.endpoints.resume(act, webhook))
    print(f"{webhook} goes on")


@webhook_app.command()
def delete(webhook: WebhookId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Forget a webhook, with all its deliveries.

    Example: `aforo webhook delete whk_…`
    """
    done(data_dir, organizer, webhook, lambda engine, act: engine.webhooks.endpoints.delete(act, webhook))
    print(f"{webhook} is deleted")


@webhook_app.command("test")
def send_test(webhook: WebhookId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Send a test delivery; prints its id.

    Example: `aforo webhook test whk_…`
    """
    print(done(data_dir, organizer, webhook, lambda engine, act: engine.webhooks.endpoints.test(act, webhook)))


@webhook_app.command()
def deliveries(
    webhook: WebhookId,
    delivery: Annotated[str | None, typer.Argument(metavar="DELIVERY", help="Show this one, with its tries.")] = None,
    state: Annotated[str | None, typer.Option(help="due, sent or failed.")] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """List the newest deliveries, or show one with the answer to each try.

    Examples: `aforo webhook deliveries whk_… --state failed` · `aforo webhook deliveries whk_… msg_…`
    """
    if delivery is not None:
        show_one(webhook, delivery, organizer, data_dir)
        return
    found = done(
        data_dir,
        organizer,
        webhook,
        lambda engine, act: engine.webhooks.endpoints.deliveries(
            act.organizer_id, webhook, state=state, limit=LIST_MAX
        ),
    )
    columns = (Column("delivery", no_wrap=True), "sequence", "topic", "state", "tries", "last answer")
    table = Table(*columns, box=None, pad_edge=False)
    for each in found:
        last = str(each.status) if each.status is not None else each.fault
        table.add_row(each.id, str(each.sequence), each.topic, each.state, str(each.tries), last)
    Console().print(table)


def show_one(webhook: str, delivery: str, organizer: str | None, data_dir: Path | None) -> None:
    import orjson

    found = done(
        data_dir,
        organizer,
        webhook,
        lambda engine, act: engine.webhooks.endpoints.delivery(act.organizer_id, webhook, delivery),
    )
    print(orjson.dumps(found.body, option=orjson.OPT_INDENT_2).decode())
    table = Table("try", "at", "ms", "answer", "", box=None, pad_edge=False)
    for each in found.tries:
        said = str(each.status) if each.status is not None else each.fault
        table.add_row(str(each.number), f"{each.at:%Y-%m-%d %H:%M:%S}", str(each.took_ms), said, escape(each.answer))
    Console().print(table)


@webhook_app.command()
def replay(
    webhook: WebhookId,
    delivery: Annotated[str | None, typer.Option(help="Only this delivery.")] = None,
    from_sequence: Annotated[int, typer.Option(min=1, help="All from this sequence on.")] = 1,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Send again, under the same ids: one delivery, or all from a sequence on.

    Example: `aforo webhook replay whk_… --from-sequence 120`
    """
    replayed = done(
        data_dir,
        organizer,
        webhook,
        lambda engine, act: engine.webhooks.endpoints.replay(
            act, webhook, delivery=delivery, from_sequence=from_sequence
        ),
    )
    print(f"{replayed.count} deliveries are sent again")
    if replayed.next is not None:
        print(f"there may be more: --from-sequence {replayed.next}")
