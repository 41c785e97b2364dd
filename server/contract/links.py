"""Named links of an organizer, by which buyers come, and what came of each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from engine.ids import SaleId, whole
from engine.limits import LINK_LABEL_CHARS_MAX
from engine.links import LINK_NAME, LinkChange, LinkView
from engine.orders import BroughtBy
from engine.text import Written
from server.contract.asks import Ask

Label = Annotated[str, Written(LINK_LABEL_CHARS_MAX)]


class LinkBody(Ask):
    name: Annotated[str, StringConstraints(pattern=whole(LINK_NAME))] = Field(
        description="A short word, as addresses say it: `?from=name`. It never means another link of yours."
    )
    label: Label = Field(description="What it is called in the office.")
    sale: SaleId | None = Field(default=None, description="Whose page it leads to; else any page of your sales.")


class LinkChangeBody(Ask):
    label: Label | None = None
    sale: SaleId | None = Field(default=None, description="null: it leads to no page of its own any more.")
    archived: bool | None = Field(default=None, description="Nobody comes by an archived link; what came of it stays.")

    def change(self) -> LinkChange:
        return LinkChange(self.label, self.sale, "sale" in self.model_fields_set, self.archived)


class MoneyTakenShape(TypedDict):
    currency: str
    total: int


class LinkShape(TypedDict):
    id: str
    name: str
    label: str
    sale: str | None
    address: Annotated[str | None, Field(description="Of the page that it leads to; null: add `?from=name` to any.")]
    archived: bool
    made_at: datetime


class CountedLinkShape(LinkShape):
    visits: Annotated[int, Field(description="Pages that were asked for by it; those of the last seconds may lack.")]
    carts: Annotated[
        int, Field(description="Carts that buyers filled in who came by it last, as long as carts are kept.")
    ]
    orders: Annotated[int, Field(description="Paid orders of buyers who came by it last.")]
    orders_first: Annotated[int, Field(description="Paid orders of buyers who came by it first.")]
    taken: Annotated[list[MoneyTakenShape], Field(description="Of those who came by it last.")]


class LinksShape(TypedDict):
    items: Annotated[list[CountedLinkShape], Field(description="The newest first, archived ones among them.")]


def link_shape(view: LinkView) -> LinkShape:
    return {
        "id": view.id,
        "name": view.name,
        "label": view.label,
        "sale": view.sale,
        "address": view.address,
        "archived": view.archived,
        "made_at": view.made_at,
    }


def counted_shape(view: LinkView, brought: BroughtBy) -> CountedLinkShape:
    return {
        **link_shape(view),
        "visits": view.visits,
        "carts": brought.carts,
        "orders": brought.orders,
        "orders_first": brought.orders_first,
        "taken": [{"currency": currency, "total": total} for currency, total in brought.taken.items()],
    }
