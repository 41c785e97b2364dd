"""`aforo key …`: API keys of organizers."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from server.cli.open_engine import DataDir, Organizer, act_of, operator, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.access import KeyDraft, KeyShown, NewKey
    from engine.engine import Engine
    from engine.refusals import Refused

key_app = typer.Typer(help="Create, list, rotate and revoke API keys.", no_args_is_help=True)

KeyId = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, ak_… without its secret part.")]


@key_app.command()
def create(
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
    *,
    organizer: Organizer = None,
    organizer_name: Annotated[str | None, typer.Option(help="Make a new organizer of this name first.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="A permission; may be repeated. Default: all.")] = None,
    event: Annotated[list[str] | None, typer.Option(help="Only in this event; may be repeated.")] = None,
    venue: Annotated[list[str] | None, typer.Option(help="Only at this venue; may be repeated.")] = None,
    expires: Annotated[datetime | None, typer.Option(help="When it ends, in UTC, as in 2027-01-31.")] = None,
    network: Annotated[list[str] | None, typer.Option(help="Only from here, as in 203.0.113.0/24.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Create an API key; it is shown once and cannot be shown again.

    Example: `aforo key create --label "box office" --scope order:read --scope sale:read --expires 2027-01-31`
    """
    draft = drafted(
        label, scopes=scope or [], events=event or [], venues=venue or [], expires=expires, networks=network or []
    )

    async def do(engine: Engine) -> NewKey | Refused:
        access = engine.access
        owner = organizer or await access.first_organizer()
        if organizer_name:
            owner = await access.create_organizer(organizer_name, operator())
        if owner is None:
            raise Trouble("There is no organizer yet; name one with --organizer-name.")
        return await access.make(operator().of(owner), draft)

    print(key_of(with_engine(data_dir, do)))


def drafted(
    label: str,
    *,
    scopes: list[str],
    events: list[str],
    venues: list[str],
    expires: datetime | None,
    networks: list[str],
) -> KeyDraft:
    """What is asked for; told plainly what of it can't be."""
    from engine.access import KeyDraft, Permission

    words = {each.value: each for each in Permission}
    unknown = [each for each in scopes if each not in words]
    if unknown:
        raise Trouble(f"There is no permission {', '.join(unknown)}; there are: {', '.join(sorted(words))}.")
    ends = None if expires is None else expires.replace(tzinfo=UTC)
    if ends is not None and ends <= datetime.now(UTC):
        raise Trouble(f"{ends:%Y-%m-%d %H:%M} UTC is over already.")
    try:
        read = tuple(str(ip_network(each)) for each in networks)
    except ValueError as error:
        raise Trouble(f"{error}; a network looks like 203.0.113.0/24.") from error
    given = frozenset(words[each] for each in scopes) if scopes else None
    return KeyDraft(label, given, frozenset(events), frozenset(venues), ends, read)


def key_of(made: NewKey | Refused) -> str:
    from engine.access import NewKey

    if isinstance(made, NewKey):
        return made.key
    if made.detail.get("reason") == "too_many":
        raise Trouble("This organizer has as many live keys as it may; revoke one that is not used.")
    raise Trouble("There is no such live key, or another one has taken its place; `aforo key list` names them.")


@key_app.command("list")
def list_(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """List the API keys, without the keys themselves.

    Example: `aforo key list`
    """

    async def do(engine: Engine) -> list[KeyShown]:
        return await engine.access.list(organizer)

    table = Table("key", "label", "may", "last used", "ends", "revoked", box=None, pad_edge=False)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for key in with_engine(data_dir, do):
        days = map(day, (key.last_used_at, key.expires_at, key.revoked_at))
        table.add_row(key.id, key.label, may(key), *days)
    Console().print(table)


def may(key: KeyShown) -> str:
    """What a key may do, in one line."""
    what = "everything" if key.scopes is None else ", ".join(sorted(each.value for each in key.scopes))
    where = sorted((*key.events, *key.venues))
    said = f"{what} in {', '.join(where)}" if where else what
    return f"{said}, from {', '.join(key.networks)}" if key.networks else said


def day(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d}"


@key_app.command()
def rotate(
    key_id: KeyId,
    overlap_hours: Annotated[int, typer.Option(min=0, max=720, help="How long the old key goes on.")] = 24,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Create a key like this one, which goes on for a while beside it; the new one is shown once.

    Example: `aforo key rotate ak_3kq9x2mn4p5r --overlap-hours 48`
    """

    async def do(engine: Engine) -> NewKey | Refused:
        return await engine.access.rotate(await act_of(engine, organizer), key_id, overlap_hours * 3_600)

    print(key_of(with_engine(data_dir, do)))


@key_app.command()
def revoke(key_id: KeyId, data_dir: DataDir = None) -> None:
    """Revoke an API key at once.

    Example: `aforo key revoke ak_3kq9x2mn4p5r`
    """

    async def do(engine: Engine) -> bool:
        return await engine.access.revoke(key_id, operator())

    if not with_engine(data_dir, do):
        raise Trouble(f"There is no live key {key_id}; `aforo key list` names them.")
    print(f"{key_id} is revoked")
