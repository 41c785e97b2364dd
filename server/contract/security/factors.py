"""Second factors as they are shown, changed and listed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from engine.accounts import Held, PasskeyView, Shown
from engine.limits import PASSKEY_LABEL_CHARS_MAX, PASSKEY_TEXT_CHARS_MAX, PASSWORD_SHOWN_CHARS_MAX, RECOVERY_CHARS_MAX
from engine.text import Form, Written
from server.contract.asks import Ask
from server.contract.stamps import in_ms, in_ms_if_any

TRANSPORTS_MAX, TRANSPORT_CHARS_MAX = 8, 32
Part = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]*={0,2}$", max_length=PASSKEY_TEXT_CHARS_MAX)]
Transport = Annotated[str, StringConstraints(pattern="^[a-z-]+$", max_length=TRANSPORT_CHARS_MAX)]


class FromBrowser(Ask):
    """Browsers add fields of their own, which nobody reads here."""

    model_config = ConfigDict(extra="ignore")

    def plain(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_none=True)


class CreatedResponse(FromBrowser):
    client_data: Part = Field(alias="clientDataJSON")
    attestation: Part = Field(alias="attestationObject")
    transports: list[Transport] = Field(default=[], max_length=TRANSPORTS_MAX)


class ShownResponse(FromBrowser):
    client_data: Part = Field(alias="clientDataJSON")
    authenticator: Part = Field(alias="authenticatorData")
    signature: Part
    user_handle: Part | None = Field(default=None, alias="userHandle")


class CreatedCredential(FromBrowser):
    """What `navigator.credentials.create()` gave, as JSON."""

    id: Part
    raw_id: Part = Field(alias="rawId")
    type: Literal["public-key"]
    response: CreatedResponse


class ShownCredential(FromBrowser):
    """What `navigator.credentials.get()` gave, as JSON."""

    id: Part
    raw_id: Part = Field(alias="rawId")
    type: Literal["public-key"]
    response: ShownResponse


Recovery = Annotated[
    str, StringConstraints(pattern=rf"^[A-Za-z0-9 -]{{1,{RECOVERY_CHARS_MAX}}}$", max_length=RECOVERY_CHARS_MAX)
]
Totp = Annotated[str, StringConstraints(pattern="^[0-9]{6}$")]


class FactorBody(Ask):
    """One of them."""

    totp: Totp | None = Field(default=None, repr=False)
    recovery: Recovery | None = Field(default=None, repr=False)
    passkey: ShownCredential | None = None

    @model_validator(mode="after")
    def shows_one(self) -> Self:
        if len(self.model_fields_set) != 1 or self.shown().method is None:
            raise ValueError("shows one thing")
        return self

    def shown(self) -> Shown:
        return Shown(self.totp, self.recovery, None if self.passkey is None else self.passkey.plain())


class StepUpBody(FactorBody):
    """One of them; a password only where there is no second factor."""

    password: Annotated[str, Written(PASSWORD_SHOWN_CHARS_MAX, form=Form.EXACT)] | None = Field(
        default=None, repr=False
    )

    def shown(self) -> Shown:
        passkey = None if self.passkey is None else self.passkey.plain()
        return Shown(self.totp, self.recovery, passkey, self.password)


class PasskeyLoginBody(Ask):
    credential: ShownCredential


class NewPasskeyBody(Ask):
    credential: CreatedCredential
    label: Annotated[str, Written(PASSKEY_LABEL_CHARS_MAX)] | None = None


class LabelBody(Ask):
    label: Annotated[str, Written(PASSKEY_LABEL_CHARS_MAX)]


class ConfirmBody(Ask):
    code: Totp = Field(repr=False)


class LoggedIn(TypedDict):
    state: Literal["in", "second_factor"]
    methods: list[str]


class SteppedUp(TypedDict):
    stepped_up_until_ms: int


class PasskeyShape(TypedDict):
    id: str
    label: str
    backed_up: bool
    created_at_ms: int
    last_used_at_ms: int | None


class TotpShape(TypedDict):
    confirmed_at_ms: int


class CreationOptions(TypedDict, total=False):
    """What `navigator.credentials.create()` takes, as JSON (WebAuthn, PublicKeyCredentialCreationOptionsJSON)."""

    rp: dict[str, Any]
    user: dict[str, Any]
    challenge: str
    pubKeyCredParams: list[dict[str, Any]]
    timeout: int
    excludeCredentials: list[dict[str, Any]]
    authenticatorSelection: dict[str, Any]
    attestation: str
    hints: list[str]


class RequestOptions(TypedDict, total=False):
    """What `navigator.credentials.get()` takes, as JSON (WebAuthn, PublicKeyCredentialRequestOptionsJSON)."""

    challenge: str
    timeout: int
    rpId: str
    allowCredentials: list[dict[str, Any]]
    userVerification: str


class FactorsShape(TypedDict):
    totp: TotpShape | None
    recovery_left: int
    passkeys: list[PasskeyShape]


class TotpSecretShape(TypedDict):
    secret: str
    uri: str
    qr: str


class RecoveryShape(TypedDict):
    recovery: list[str]


class MadePasskey(TypedDict):
    id: str


def factors_shape(held: Held, passkeys: list[PasskeyView]) -> FactorsShape:
    return FactorsShape(
        totp=None if held.totp_at is None else TotpShape(confirmed_at_ms=in_ms(held.totp_at)),
        recovery_left=held.recovery_left,
        passkeys=[
            PasskeyShape(
                id=each.id,
                label=each.label,
                backed_up=each.backed_up,
                created_at_ms=in_ms(each.created_at),
                last_used_at_ms=in_ms_if_any(each.last_used_at),
            )
            for each in passkeys
        ],
    )
