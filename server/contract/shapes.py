"""What the engine's views look like on the wire: read by AsyncAPI, OpenAPI and tests.

Owns: the documented members of a cart, an order and a promo. The views are made by the engine.
"""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from server.contract.ticket_types import TypeLimits

EndReason = Literal["bought", "reserved", "expired", "left", "gone", "closed", "lost"]
IssueCode = Literal[
    "empty",
    "contact_missing",
    "contact_invalid",
    "key_missing",
    "type_unknown",
    "type_needed",
    "type_maximum",
    "type_closed",
    "type_not_in_phase",
    "companion_alone",
    "coupon_unknown",
    "coupon_mistyped",
    "coupon_not_yet",
    "coupon_over",
    "coupon_used_up",
    "coupon_elsewhere",
    "coupon_nothing",
    "coupon_too_little",
    "coupon_needs_account",
    "coupon_not_for_you",
    "coupon_needs_email",
    "coupon_needs_proof",
    "coupon_used_by_you",
    "coupon_stands_alone",
    "coupon_stands_back",
    "coupon_too_many",
    "voucher_expired",
    "voucher_revoked",
    "voucher_used_up",
    "voucher_elsewhere",
    "voucher_too_little",
    "answer_missing",
    "answer_invalid",
    "payment_declined",
    "payment_unavailable",
    "payment_not_set_up",
]
CreditKindWord = Literal["credit", "voucher"]
CreditWhyWord = Literal["unknown", "expired", "revoked", "used_up", "elsewhere", "too_little"]
CouponWhy = Literal[
    "unknown",
    "mistyped",
    "not_yet",
    "over",
    "used_up",
    "elsewhere",
    "nothing",
    "too_little",
    "needs_account",
    "not_for_you",
    "needs_email",
    "needs_proof",
    "used_by_you",
    "stands_alone",
    "stands_back",
    "too_many",
]
OrderWord = Literal["paying", "awaiting", "paid", "failed", "void", "refunding", "refunded"]
ChannelWord = Literal["online", "office", "complimentary", "group"]
TenderWord = Literal["card", "cash", "transfer", "invoice", "none"]
CartReason = EndReason | Literal["unlocked", "changed"]


class ContactShape(TypedDict):
    name: str
    email: str
    phone: str


class TaxIdentityShape(TypedDict):
    """Whom a receipt is made out to."""

    name: str
    tax_id: str
    address: str
    postal_code: str
    city: str
    country: str


class IssueShape(TypedDict):
    code: IssueCode
    field: str
    message: str


class CartItemShape(TypedDict):
    item: str
    price: int
    seat: NotRequired[int]
    section: NotRequired[str]
    row: NotRequired[str]
    label: NotRequired[str]
    type: NotRequired[str]
    pool: NotRequired[str]
    units: NotRequired[int]
    types: NotRequired[dict[str, int]]


# What the buyers of a sale are asked, for these ticket types, or for all where there are none.
QuestionShape = TypedDict(
    "QuestionShape",
    {
        "id": str,
        "ask": str,
        "kind": Literal["text", "choice", "consent"],
        "options": list[str],
        "per": Literal["order", "ticket"],
        "required": bool,
        "for": list[str],
    },
)


class AskedShape(TypedDict):
    ticket: str | None  # `seat:12`, `pool:floor:0`; null for the whole order
    answer: str  # "" when there is none


class CartQuestionShape(QuestionShape):
    """A question that a cart is asked, as it is now, with what was answered."""

    asked: list[AskedShape]


class AnsweredShape(TypedDict):
    """An answer as its order keeps it, with the question as it was asked; of a consent, the words agreed to."""

    question: str
    ticket: str | None
    ask: str
    kind: Literal["text", "choice", "consent"]
    answer: str
    at_ms: int


class UnlockedPool(TypedDict):
    id: str
    name: str
    capacity: int
    draws_on: list[str]


class UnlockedShape(TypedDict):
    """What codes showed to a cart of what is hidden from others."""

    types: dict[str, str]  # ticket types, with what they are called
    type_limits: dict[str, TypeLimits]
    prices: dict[str, dict[str, int]]  # by section, pool or zone, of the cart's list
    pools: list[UnlockedPool]  # that are sold as nothing else
    seats: list[tuple[int, int]]  # first seat, how many: off for others, and free for this cart as long as they are off


class OwedFeeShape(TypedDict):
    """What is asked besides the items."""

    fee: str
    name: str
    price: int  # before a tax that is added
    tax: int  # in the price, or added to it
    owed: int


class OwedTaxShape(TypedDict):
    """What is owed of one tax, items and fees together."""

    tax: str
    name: str
    rate: str  # in percent: "8.875"
    included: bool  # in the prices; else it is owed besides them
    net: int  # what it is of
    amount: int


class CartCouponShape(TypedDict):
    """A code that was typed, or a benefit that counts without one: what it takes off, or why nothing."""

    code: str | None
    name: str  # "" of a code that nobody knows
    off: int
    why: CouponWhy | None  # null: it counts
    from_ms: NotRequired[int]  # not_yet: from when on
    types: NotRequired[list[str]]  # nothing: what it is for; none: …
    places: NotRequired[list[str]]  # … it is for all of these
    sum_min: NotRequired[int | None]  # too_little
    tickets_min: NotRequired[int | None]


class OrderCouponShape(TypedDict):
    name: str
    code: str | None  # null: it counted without one
    off: int


class CartCreditShape(TypedDict):
    """Credit that the cart is to be paid with: what it pays, or why nothing."""

    id: str
    kind: CreditKindWord
    code_end: str  # the last characters of a voucher's code; "" of credit
    balance: int
    used: int
    expires_at_ms: int | None
    why: CreditWhyWord | None  # null: it counts


class OrderCreditShape(TypedDict):
    kind: CreditKindWord
    code_end: str
    amount: int


class CartShape(TypedDict):
    id: str
    state: Literal["open", "locked", "ended"]
    deadline_at_ms: int
    now_ms: int
    items: list[CartItemShape]
    discount: int  # taken off the prices of its items
    coupons: list[CartCouponShape]
    has_codes: bool  # there are coupons whose codes it may have
    fees: list[OwedFeeShape]
    taxes: list[OwedTaxShape]
    total: int
    credits: list[CartCreditShape]
    has_vouchers: bool  # its organizer has issued some that it may be paid with
    due: int  # what is left to pay: the total, less what credit pays
    list: int  # number of the price list that the cart keeps, also for what is added later
    phase: str | None  # of the sale, in which it was opened; null where there are none
    currency: str
    person_max: int
    bought: int
    contact: ContactShape
    has_key: bool
    coupon: str
    order: str | None
    issues: list[IssueShape]
    questions: list[CartQuestionShape]
    end_reason: NotRequired[EndReason]
    unlocked: NotRequired[UnlockedShape]
    tax_identity: NotRequired[TaxIdentityShape | None]  # null: nobody's yet; left out where the sale has none


class OrderLineShape(TypedDict):
    item: str
    type: str
    price: int  # what is left of its list's
    list_price: int
    tax: int  # in the price, or added to it
    owed: int  # the price, with a tax that is added
    live: bool  # false once it was given back
    seat: NotRequired[int]
    section: NotRequired[str]
    row: NotRequired[str]
    label: NotRequired[str]
    pool: NotRequired[str]


class AdmissionShape(TypedDict):
    """A day to which a ticket admits, as it stands now."""

    day: str
    name: str
    starts_at_ms: int


class ListedTicketShape(TypedDict):
    id: str
    item: str
    admits: list[AdmissionShape]  # soonest first, each an admission of its own; none: it admits to the event
    blocked: bool  # it opens nothing while its payment is disputed


class TicketShape(ListedTicketShape):
    payload: str


WayWord = Literal["provider", "by_hand", "credit", "voucher", "move"]


class RefundShape(TypedDict):
    """What of an order was given back."""

    nth: int  # of the order's refunds
    amount: int
    way: WayWord
    returned: int  # of the amount: credit that the order had spent, which is there again
    bonus: int  # on top of what was given as credit
    moved: int  # of the amount: it paid for another order
    lines: list[int]  # of the order that ended with it, by their place
    fees: bool  # whether what was asked besides these lines went back with them
    state: Literal["due", "done", "failed"]
    asked_at_ms: int
    ended_at_ms: int | None


class RefundVoucherShape(TypedDict):
    """A voucher that was given for some of an order."""

    refund: int  # its number, of the order's
    code: str
    amount: int  # bonus included


class PayWithShape(TypedDict):
    """What a buyer has to do whose money is awaited: send it to an account with a reference, pay by a code, or wait."""

    kind: Literal["transfer", "invoice", "pix", "boleto", "sepa_debit"]
    account: NotRequired[str]  # transfer, invoice
    reference: NotRequired[str]
    holder: NotRequired[str]  # of the account
    bank: NotRequired[str]
    note: NotRequired[str]  # of whoever sells, for its buyers
    code: NotRequired[str]  # pix: also to be had as a drawing; boleto: its number
    page: NotRequired[str]  # where the provider shows it, to be printed
    by_ms: NotRequired[str]  # by when it is to be paid, where what was paid is known later only


class OrderFactsShape(TypedDict):
    id: str
    sale: str
    code: str
    state: OrderWord
    total: int
    given_back: int  # of the total, or on its way
    refunds: list[RefundShape]
    currency: str
    channel: ChannelWord
    tender: TenderWord  # in what it is paid
    lines: list[OrderLineShape]
    coupons: list[OrderCouponShape]
    fees: list[OwedFeeShape]
    taxes: list[OwedTaxShape]
    credits: list[OrderCreditShape]  # what of the total they paid
    due: int  # what was left to pay
    contact: ContactShape
    placed_at_ms: int
    paid_at_ms: int | None
    pay_by_ms: NotRequired[
        int | None
    ]  # of one whose money is awaited: what comes later is given back, or bought anew …
    pay_with: NotRequired[PayWithShape | None]  # … and what its buyer has to do
    card_last4: str
    failure: str | None
    terms: int | None  # version of its organizer's terms that its buyer accepted


class OrderShape(OrderFactsShape):
    """An order as its buyer sees it."""

    has_key: bool  # else one is to be chosen, before the first download of its tickets
    tickets: list[TicketShape]
    vouchers: list[RefundVoucherShape]


class SourceShape(TypedDict):
    """Names of the links by which the buyer of an order came."""

    first: str
    last: str


class ListedOrderShape(OrderFactsShape):
    """An order as its organizer sees it, without what opens the gate."""

    issuer: str | None  # who made it for its buyer: id of an account or key, name of an operator; null: the buyer
    issuer_name: str | None  # of a member, for whoever may see them
    source: SourceShape | None  # null: by none that is known
    allocation: str | None  # out of which its seats and units came
    reason: str | None  # why it cost nothing, where a member gave it away …
    full_price: int | None  # … and what it would have cost
    tickets: list[ListedTicketShape]
    answers: list[AnsweredShape]  # where they were asked for, by somebody who may read them
    tax_identity: NotRequired[TaxIdentityShape | None]  # whom its receipt is made out to, where one order is read
