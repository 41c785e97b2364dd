"""Asks and answers about orders: buying, opening, and listing them."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from engine.ids import ChosenId, SaleId, Token
from engine.limits import (
    CARD_CHARS_MAX,
    ID_CHARS_MAX,
    NAME_CHARS_MAX,
    ORDER_KEY_CHARS_MAX,
    ORDER_KEY_CHARS_MIN,
    ORDERS_FOUND_MAX,
)
from engine.orders import Channel, OrderState, OwnOrders
from engine.payments import LATER, Accepted, Means, read_card
from engine.text import Form, Written
from server.contract.asks import Ask
from server.contract.cancelling import ChoiceWord
from server.contract.organizers import TermsVersion
from server.contract.routes import Paged
from server.contract.sales import StatusWord
from server.contract.session import Locale
from server.contract.shapes import (
    AdmissionShape,
    CartShape,
    ChannelWord,
    ListedOrderShape,
    OrderShape,
    OrderWord,
    TaxIdentityShape,
)

CardText = Annotated[str, Written(CARD_CHARS_MAX, chars_min=0)]


class CardBody(Ask):
    number: CardText = Field(repr=False)
    expires: CardText = Field(repr=False, description="MM/YY")
    cvc: CardText = Field(repr=False)

    def means(self) -> Means:
        return Means.by(read_card(self.number, self.expires, self.cvc))


class PaymentBody(Ask):
    method: Annotated[str, Written(ID_CHARS_MAX)] = Field(description="One of the sale's `payment_methods`.")
    token: Annotated[str, StringConstraints(pattern=r"^((pm|ctoken)_[A-Za-z0-9_]{1,200})?$")] = Field(
        default="", repr=False, description="What the provider's own page collected, where the method has any."
    )


class CheckoutBody(Ask):
    order: ChosenId
    card: CardBody | None = Field(default=None, description="May be left out when nothing is to be paid.")
    payment: PaymentBody | None = Field(default=None, description="Another way to pay than a card typed here.")
    terms: TermsVersion | None = Field(
        default=None, description="Version of the organizer's terms that the buyer accepted, where there are any."
    )
    total: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="What the buyer was shown: when the cart costs anything else, nothing is bought."
    )
    due: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="The same for what is left to pay once credit is taken off."
    )
    locale: Locale | None = Field(
        default=None,
        description="The language that the buyer is written to in; else that of hello, or of Accept-Language.",
    )

    def means(self, accepted: Accepted | None) -> Means | None:
        """`accepted`: from where, for a method that has to name it."""
        card = None if self.card is None else self.card.means()
        if self.payment is None or (card is not None and self.payment.method == card.method):
            return card
        later = LATER.get(self.payment.method)
        by = accepted if later is not None and later.mandate else None
        return Means(self.payment.method, token=self.payment.token, accepted=by)


class CheckoutAsk(CheckoutBody):
    sale: SaleId


class CheckoutAnswer(TypedDict):
    order: OrderShape
    cart: CartShape
    again: bool


class OrderAsk(Ask):
    code: Annotated[str, Written(ID_CHARS_MAX)]
    key: Annotated[str, Written(ORDER_KEY_CHARS_MAX, Form.EXACT)] = Field(repr=False)


class KeyBody(Ask):
    key: Annotated[str, Written(ORDER_KEY_CHARS_MAX, Form.EXACT, chars_min=ORDER_KEY_CHARS_MIN)] = Field(
        repr=False, description="What the buyer will open the order with."
    )


class ForgottenKeyBody(Ask):
    code: Annotated[str, Written(ID_CHARS_MAX)] = Field(description="Purchase code of the order.")


class ChangedKeyBody(KeyBody):
    code: Annotated[str, Written(ID_CHARS_MAX)] = Field(description="Purchase code of the order.")
    token: Token = Field(repr=False, description="From the link of the letter.")


class LetterAgain(TypedDict):
    to: str  # as much of the address as may be shown


class AboutShape(TypedDict):
    """What an order is for: an event at its venue, or a promo's product at its store."""

    kind: Literal["event", "promo"]
    name: str
    description: str
    picture: str
    place: str
    address: str
    latitude: float | None
    longitude: float | None
    zone: str
    starts_at_ms: int | None  # of an event
    ends_at_ms: int | None  # of an event, where somebody wrote it down
    status: StatusWord  # of an event: without a date while it is postponed, whatever starts_at_ms says
    moved_from_ms: int | None  # the date before, of an event that was moved
    offered_until_ms: int | None  # of a promo


class ReceiptShape(TypedDict):
    number: str
    issued_at_ms: int


class CreditNoteShape(TypedDict):
    refund: int  # of the order: what it takes back of the receipt
    number: str
    issued_at_ms: int


class ChoicePlanShape(TypedDict):
    """What a choice gives."""

    choice: ChoiceWord
    amount: int  # of what was paid; 0: the order stays as it is
    returned: int  # of the amount: credit that the order had spent, which would be there again
    bonus: int  # on top of the rest, as credit or voucher


class OrderChoiceShape(TypedDict):
    choices: list[ChoicePlanShape]
    otherwise: ChoiceWord  # what is done for whoever does not choose
    until_ms: int
    chosen: ChoiceWord | None
    open: bool  # it may be chosen still
    done: bool  # what was chosen was carried out
    credit_expires_at_ms: int | None


class OwnRefundShape(TypedDict):
    until_ms: int
    fees: bool  # whether what was asked besides tickets goes back with them
    give_as: Literal["origin", "credit", "voucher"]


class ChoiceBody(Ask):
    choice: ChoiceWord


class OrderAnswer(TypedDict):
    order: OrderShape
    about: AboutShape
    receipt: Annotated[
        NotRequired[ReceiptShape | None],
        Field(description="null while it has no number yet, and for ever where nothing was paid."),
    ]
    credit_notes: NotRequired[list[CreditNoteShape]]
    own_refund: Annotated[
        NotRequired[OwnRefundShape | None],
        Field(description="How its buyer may give tickets back; null: not, or not any more."),
    ]
    choice: Annotated[
        NotRequired[OrderChoiceShape | None],
        Field(description="What its buyer may choose, or chose, once its event was cancelled or changed."),
    ]
    tax_identity: Annotated[
        NotRequired[TaxIdentityShape | None], Field(description="Whom the receipt is made out to besides its buyer.")
    ]
    names_receipt: Annotated[
        NotRequired[bool], Field(description="Whether that may be written still: until the receipt has its number.")
    ]


class OwnOrdersQuery(Paged):
    when: Literal["upcoming", "past"] = Field(default="upcoming", description="Soonest first, or latest first.")

    def asked(self) -> OwnOrders:
        return OwnOrders(self.when)


class OwnOrderShape(TypedDict):
    """One of a buyer's orders, as a list shows it."""

    code: str
    sale: str
    state: OrderWord
    pay_by_ms: NotRequired[int | None]  # of one whose money is awaited, and that its buyer has to pay
    total: int
    currency: str
    tickets: int
    admits: list[AdmissionShape]  # the days to which any of them admits, soonest first
    has_key: bool
    placed_at_ms: int
    about: AboutShape


class OwnOrdersPage(TypedDict):
    items: list[OwnOrderShape]
    next: str | None


class MyOrders(TypedDict):
    items: list[OrderShape]


class OrdersQuery(Paged):
    answers: bool = Field(default=False, description="With what was answered, for whoever may read it (`order:pii`).")
    channel: ChannelWord | None = Field(default=None, description="Of this channel alone.")

    def asked_channel(self) -> Channel | None:
        return None if self.channel is None else Channel(self.channel)


class FindOrdersBody(Ask):
    words: Annotated[str, Written(NAME_CHARS_MAX)] = Field(
        repr=False, description="Whatever you have of an order: one thing at a time."
    )
    sale: SaleId | None = Field(default=None, description="In this sale alone; seats are looked for in one only.")
    state: OrderWord | None = None
    channel: ChannelWord | None = None
    limit: Annotated[int, Field(ge=1, le=ORDERS_FOUND_MAX)] = 50

    def asked_state(self) -> OrderState | None:
        return None if self.state is None else OrderState(self.state)

    def asked_channel(self) -> Channel | None:
        return None if self.channel is None else Channel(self.channel)


class FoundOrdersShape(TypedDict):
    items: list[ListedOrderShape]
    events: dict[str, str]  # names of the events that their sales sell, by sale
    more: bool


class OrderPage(TypedDict):
    items: list[ListedOrderShape]
    next: str | None
    resume: str | None
