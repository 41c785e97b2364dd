"""`aforo message …`: letters and text messages, and what became of each."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from server.cli.open_engine import DataDir, operator, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.messages import Again, Mail, MessageView

message_app = typer.Typer(help="Look at letters and text messages, and send one again.", no_args_is_help=True)

MessageId = Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, msg_…, as `aforo message list` shows it.")]
LIST_MAX = 50


@message_app.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(help="queued, sent, unknown, refused, bounced or lapsed; any when left out.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """List the newest messages.

    Example: `aforo message list --state refused`
    """
    from engine.messages import STATES

    if state is not None and state not in STATES:
        raise Trouble(f"A message is {', '.join(STATES)}.")

    async def do(engine: Engine) -> list[MessageView]:
        return await engine.letterbox.desk.listed(state, LIST_MAX)

    table = Table(
        Column("message", no_wrap=True),
        "written",
        "template",
        "channel",
        "state",
        "tries",
        "said",
        box=None,
        pad_edge=False,
    )
    for each in with_engine(data_dir, do):
        written = f"{each.created_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(each.id, written, each.template, each.channel, each.state, str(each.tries), escape(each.said))
    Console().print(table)


@message_app.command()
def show(
    message: MessageId,
    text: Annotated[
        bool, typer.Option("--text", help="Also whom it goes to and what it says; noted in the trail.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Show what became of a message.

    Example: `aforo message show msg_… --text`
    """

    from server.pages.documents import Documents
    from server.pages.order_letters import OrderLetters

    async def do(engine: Engine) -> tuple[MessageView | None, Mail | None]:
        OrderLetters(engine, Documents()).register()
        view = await engine.letterbox.desk.show(message)
        return view, await engine.letterbox.desk.read(message, operator()) if text and view else None

    view, mail = with_engine(data_dir, do)
    if view is None:
        raise unknown(message)
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    for name, value in asdict(view).items():
        table.add_row(name.replace("_", " "), escape(str(value if value is not None else "")))
    Console().print(table)
    if mail is not None:
        words = mail.message.words
        print("", *(f"{name}: {value}" for name, value in mail.headers), sep="\n")
        print(*(f"Attached: {each.name}" for each in mail.files), sep="\n")
        print("", words.text if mail.channel == "email" else f"{mail.message.to}: {words.short}", sep="\n")


@message_app.command("send-again")
def send_again(message: MessageId, data_dir: DataDir = None) -> None:
    """Send a message once more, under its own id.

    Example: `aforo message send-again msg_…`
    """
    from engine.messages import Again

    async def do(engine: Engine) -> Again:
        return await engine.letterbox.desk.send_again(message, operator())

    match with_engine(data_dir, do):
        case Again.QUEUED:
            print(f"{message} will be sent again")
        case Again.WAITING:
            print(f"{message} waits to be sent already")
        case Again.FORGOTTEN:
            raise Trouble(f"What {message} said is no longer kept.")
        case Again.ENDED:
            raise Trouble(f"The link in {message} has ended, so it would be of no use.")
        case Again.UNKNOWN:
            raise unknown(message)


def unknown(message: str) -> Trouble:
    return Trouble(f"There is no message {message}; `aforo message list` names the newest.")
