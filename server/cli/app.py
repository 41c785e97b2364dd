"""All commands, and how their errors are reported: one plain sentence on stderr and an exit code.

Exit codes: 0 done, 1 could not be done, 2 asked wrongly, 3 violations were found.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from server.cli.accounts import account_app
from server.cli.api_keys import key_app
from server.cli.audit import audit_app
from server.cli.checks import bench, load, storm
from server.cli.coupons import coupon_app
from server.cli.credit import credit_app
from server.cli.databases import db_app
from server.cli.drawing import draw
from server.cli.events import event_app
from server.cli.jobs import jobs
from server.cli.keyring import keyring_app
from server.cli.links import link_app
from server.cli.messages import message_app
from server.cli.organizers import organizer_app
from server.cli.outbox import outbox_app
from server.cli.payments import payments_app
from server.cli.people import people_app
from server.cli.pictures import picture_app
from server.cli.prices import prices
from server.cli.promos import promo_app
from server.cli.receipts import identity, receipt_app
from server.cli.rehearsing import rehearse
from server.cli.run import serve, up, work
from server.cli.sales import layout, sale_app
from server.cli.sandbox import sandbox_app
from server.cli.selling import issue
from server.cli.stock import allocations, release, resize, withhold
from server.cli.taxes import taxes
from server.cli.trouble import told_plainly
from server.cli.verifying import verify
from server.cli.webhooks import webhook_app
from server.contract.stamps import VERSION

app = typer.Typer(
    name="aforo",
    help="Aforo, an on-sale engine: fair queue, live seats, and never the same thing sold twice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def show_version(wanted: bool) -> None:
    if wanted:
        print(f"aforo {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


app.command()(up)
app.command()(serve)
app.command()(work)
for of_sale in (prices, allocations, withhold, release, resize, issue):
    sale_app.command()(of_sale)
app.add_typer(sale_app, name="sale")
app.add_typer(event_app, name="event")
app.add_typer(promo_app, name="promo")
app.add_typer(payments_app, name="payments")
app.add_typer(people_app, name="people")
app.add_typer(picture_app, name="picture")
app.command()(layout)
app.command()(draw)
organizer_app.command()(identity)
organizer_app.command()(taxes)
app.add_typer(organizer_app, name="organizer")
app.add_typer(receipt_app, name="receipt")
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(account_app, name="account")
app.add_typer(key_app, name="key")
app.add_typer(keyring_app, name="keyring")
app.add_typer(audit_app, name="audit")
app.add_typer(outbox_app, name="outbox")
app.add_typer(link_app, name="link")
app.add_typer(coupon_app, name="coupon")
app.add_typer(credit_app, name="credit")
app.add_typer(webhook_app, name="webhook")
app.add_typer(message_app, name="message")
app.command()(jobs)
app.command()(verify)
app.add_typer(db_app, name="db")
app.command()(rehearse)
for apart in (bench, load, storm):
    app.command(
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    )(apart)


def run() -> None:
    try:
        app()
    except Exception as fault:
        if not told_plainly(fault):
            raise
        print(f"aforo: {fault}", file=sys.stderr)
        sys.exit(1)
