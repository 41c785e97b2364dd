"""Accounts and logins as they are asked for and shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from engine.accounts import AccountView, LinkedBuyer, LoggedIn, SessionShown, SessionState, Standing, Strength
from engine.limits import (
    ACCOUNT_NAME_CHARS_MAX,
    NAME_CHARS_MAX,
    PASSWORD_CHARS_MAX,
    PASSWORD_CHARS_MIN,
    STEP_UP_S,
    TOKEN_CHARS_MAX,
)
from engine.messages import EmailAddress
from engine.text import Form, Written
from server.contract.asks import Ask
from server.contract.stamps import in_ms

MS_PER_S = 1_000
# What somebody types to be let in is read as it is, however short; a new one has a least length.
Password = Annotated[str, Written(PASSWORD_CHARS_MAX, form=Form.EXACT)]
NewPassword = Annotated[str, Written(PASSWORD_CHARS_MAX, chars_min=PASSWORD_CHARS_MIN, form=Form.EXACT)]
AccountName = Annotated[str, Written(ACCOUNT_NAME_CHARS_MAX, chars_min=0)]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
LetterToken = Annotated[str, StringConstraints(min_length=1, max_length=TOKEN_CHARS_MAX, pattern=r"^[A-Za-z0-9_-]*$")]


class RegisterBody(Ask):
    email: EmailAddress
    password: NewPassword
    name: AccountName = ""
    locale: Locale = "en"
    organizer: Annotated[str, Written(NAME_CHARS_MAX)] | None = Field(
        default=None, description="The name of an organizer to be made, which the account then owns."
    )


class VerifyBody(Ask):
    token: LetterToken
    password: Password | None = Field(
        default=None, description="In another browser than the one that registered: the password chosen there."
    )


class LoginBody(Ask):
    email: EmailAddress
    password: Password


class JudgeBody(Ask):
    password: Annotated[str, Written(PASSWORD_CHARS_MAX, chars_min=0, form=Form.EXACT)]
    email: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] | None = None


class EmailBody(Ask):
    email: EmailAddress


class TokenBody(Ask):
    token: LetterToken


class ResetBody(Ask):
    token: LetterToken
    password: NewPassword


class NewPasswordBody(Ask):
    current: Password | None = Field(
        default=None, description="The present one; where there is none, a second factor has to be fresh."
    )
    password: NewPassword


class NamesBody(Ask):
    name: AccountName
    locale: Locale


class SignedIn(TypedDict):
    state: Literal["in", "second_factor"]
    methods: list[str]


class StrengthShape(TypedDict):
    score: int
    breached: bool
    hint: str


class AccountShape(TypedDict):
    id: str
    email: str
    name: str
    locale: str
    created_at_ms: int
    has_password: bool
    second_factors: list[str]
    operator: bool


class OwnSession(TypedDict):
    id: str
    state: Literal["in", "half"]
    stepped_up_until_ms: int | None
    until_at_ms: int


class OrganizerOfMe(TypedDict):
    id: str
    name: str
    roles: list[str]
    permissions: list[str]
    narrow: bool  # some of them in some events or venues only
    owed: Literal["second_factor"] | None


class Me(TypedDict):
    account: AccountShape
    session: OwnSession
    organizers: list[OrganizerOfMe]


class SessionLine(TypedDict):
    id: str
    created_at_ms: int
    seen_at_ms: int
    until_at_ms: int
    device: str
    network: str
    place: str
    current: bool


class SessionsShape(TypedDict):
    items: list[SessionLine]


class Ended(TypedDict):
    ended: int


class BuyerLine(TypedDict):
    buyer_id: str
    linked_at_ms: int
    how: str


class BuyersShape(TypedDict):
    items: list[BuyerLine]


def signed_in(found: LoggedIn) -> SignedIn:
    whole = found.session.state is SessionState.IN
    return {"state": "in" if whole else "second_factor", "methods": list(found.methods)}


def strength_shape(found: Strength) -> StrengthShape:
    return {"score": found.score, "breached": found.breached, "hint": found.hint}


def account_shape(account: AccountView, factors: list[str]) -> AccountShape:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "locale": account.locale,
        "created_at_ms": in_ms(account.created_at),
        "has_password": account.has_password,
        "second_factors": factors,
        "operator": account.operator,
    }


def own_session(session: SessionShown) -> OwnSession:
    stepped = session.stepped_up_at
    return {
        "id": session.id,
        "state": session.state.value,
        "stepped_up_until_ms": None if stepped is None else in_ms(stepped) + STEP_UP_S * MS_PER_S,
        "until_at_ms": in_ms(session.until_at),
    }


def session_line(session: SessionShown, current: str) -> SessionLine:
    return {
        "id": session.id,
        "created_at_ms": in_ms(session.created_at),
        "seen_at_ms": in_ms(session.seen_at),
        "until_at_ms": in_ms(session.until_at),
        "device": session.device,
        "network": session.network or "",
        "place": session.place,
        "current": session.id == current,
    }


def organizer_of_me(standing: Standing) -> OrganizerOfMe:
    permit, now = standing.permit, datetime.now(UTC)
    everywhere = frozenset() if permit is None else permit.everywhere(now)
    somewhere = frozenset() if permit is None else permit.somewhere(now)
    return {
        "id": standing.organizer,
        "name": standing.name,
        "roles": sorted({role.value for role in standing.roles}),
        "permissions": sorted(each.value for each in somewhere),
        "narrow": everywhere != somewhere,
        "owed": "second_factor" if standing.owes_second_factor else None,
    }


def buyer_line(buyer: LinkedBuyer) -> BuyerLine:
    return {"buyer_id": buyer.buyer, "linked_at_ms": in_ms(buyer.linked_at), "how": buyer.how}
