"""Settings of an installation: each is an environment variable AFORO_… with a safe default.

Owns the secret that signs places and visitors: given by AFORO_SECRET, or made once and kept in the data folder.
Fails with SettingsFault, which names each variable that is wrong.
"""

import os
import re
import secrets
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from engine.limits import SMS_PER_ORGANIZER_AND_DAY, SMS_PROOFS_PER_DAY

SECRET_CHARS_MIN = 32
COUNTRY = re.compile("[A-Z]{2}")
PUBLIC_KEY = re.compile("[0-9a-f]{64}")
ADDRESS_FILE = "address"  # in the data folder while `aforo up` runs
EVERYWHERE = (str(IPv4Address(0)), str(IPv6Address(0)), "")


class SettingsFault(Exception):
    """Some settings are wrong or missing; the message names each."""


class OutsideProvider(BaseModel):
    """A provider of OpenID Connect that people may log in at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern="^[a-z0-9-]{1,32}$")  # part of the address that the provider sends people back to
    name: str = Field(min_length=1, max_length=60)  # as people know it
    issuer: str = Field(pattern="^https?://[^?#]+$", max_length=500)
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: SecretStr


class Settings(BaseSettings):
    """The settings of one installation; every process of it is given the same."""

    model_config = SettingsConfigDict(env_prefix="AFORO_", extra="ignore", frozen=True)

    redis_url: str | None = Field(default=None, description="Redis or Valkey of your own; embedded when empty")
    database_url: str | None = Field(default=None, description="Postgres of your own; embedded when empty")
    secret: SecretStr | None = Field(default=None, description="Signs places and visitors; the same for every process")
    old_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(), description="Earlier values of AFORO_SECRET, separated by commas, until `aforo keyring rewrap`"
    )
    data_dir: Path = Field(default=Path(".aforo"), description="Where the embedded stores and the secret live")
    pictures_dir: str = Field(
        default="",
        description="A folder for pictures of events that every host sees; they lie in Postgres when empty",
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8080, ge=0, le=65_535, description="Port to listen on")
    processes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    metrics_port: int = Field(
        default=0,
        ge=0,
        le=65_535,
        description="A port of its own for operators: /healthz, /readyz and /metrics of servers and workers; 0: none",
    )
    metrics_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.0/8", "::1"),
        description="Addresses or networks that may read /metrics on the public port, separated by commas",
    )
    base_url: str = Field(default="", description="Address that buyers see, as in https://tickets.example")
    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Other sites whose pages may open sockets here, separated by commas"
    )
    proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas",
    )
    trusted_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks that are never counted or challenged, separated by commas: for load tests",
    )
    challenge_ease: int = Field(
        default=1, ge=1, description="Divides the work of a challenge: for tests that play many devices on one"
    )
    password_ease: int = Field(
        default=1, ge=1, le=1_000, description="Divides the memory that hashing a password takes: for tests"
    )
    provider: Literal["", "sandbox"] = Field(
        default="", description="Who takes payments: sandbox (test cards, no money); nothing can be bought when empty"
    )
    stripe_url: str = Field(default="https://api.stripe.com", description="Where Stripe's API is: for tests")
    stripe_script: str = Field(
        default="https://js.stripe.com/v3/",
        pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?/[a-z0-9./-]*$",
        description="The program that Stripe has for the pages of buyers: for tests",
    )
    apple_pay_file: FilePath | None = Field(
        default=None, description="What proves to Apple that Stripe may open its wallet on this host; none when not set"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text in a terminal, else JSON"
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""), description="Where e-mail goes, as in smtp://user:password@host:587; a file when empty"
    )
    mail_from: str = Field(default="Aforo <no-reply@localhost>", description="Sender of e-mail")
    dev_mail: bool = Field(
        default=False, description="Shows operators every letter and text message at /dev/mail: for demos only"
    )
    sms_url: str = Field(default="", description="Gateway that takes text messages as JSON; a file when empty")
    sms_token: SecretStr = Field(default=SecretStr(""), description="Sent to the gateway as Bearer token")
    push_contact: str = Field(default="mailto:no-reply@localhost", description="Whom push services may write to")
    sms_countries: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Countries (ISO 3166, as in ES,PT) whose mobile numbers may be sent text messages"
    )
    sms_per_organizer_and_day: int = Field(default=SMS_PER_ORGANIZER_AND_DAY, ge=0)
    sms_proofs_per_day: int = Field(default=SMS_PROOFS_PER_DAY, ge=0)
    outgoing_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Networks of your own that requests to addresses of strangers may reach too"
    )
    oidc: tuple[OutsideProvider, ...] = Field(
        default=(),
        description='Where people may log in too, as JSON: [{"id": "…", "name": "…", "issuer": "https://…",'
        ' "client_id": "…", "client_secret": "…"}]; each sends them back to /api/security/outside/{id}/back',
    )
    emails_per_second: float = Field(default=500, gt=0)
    sms_per_second: float = Field(default=50, gt=0)
    pushes_per_second: float = Field(default=500, gt=0)

    erasures_dir: Path | None = Field(
        default=None, description="Where the list of erasures lies, outside the database; AFORO_DATA_DIR when not set"
    )
    tax_years: int = Field(default=10, ge=0, le=30, description="How long names of erased people who paid are kept")

    audit_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Public keys of earlier secrets, in hex, whose audit heads still count"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("redis_url", "database_url", "secret", mode="before")
    @classmethod
    def empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("secret")
    @classmethod
    def secret_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SECRET_CHARS_MIN:
            raise ValueError(f"needs at least {SECRET_CHARS_MIN} characters")
        return value

    @field_validator("old_secrets", mode="before")
    @classmethod
    def split_secrets(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = tuple(part.strip() for part in value.split(",") if part.strip())
        if any(len(part) < SECRET_CHARS_MIN for part in parts):
            raise ValueError(f"each needs at least {SECRET_CHARS_MIN} characters")
        return parts

    @field_validator("origins", mode="before")
    @classmethod
    def split_origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())

    @field_validator("proxies", "metrics_networks", "trusted_networks", "outgoing_allow", mode="before")
    @classmethod
    def split_networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = tuple(part.strip() for part in value.split(",") if part.strip())
        for part in parts:
            ip_network(part, strict=False)
        return parts

    @field_validator("oidc")
    @classmethod
    def ids_are_unique(cls, value: tuple[OutsideProvider, ...]) -> tuple[OutsideProvider, ...]:
        if len({each.id for each in value}) < len(value) or len({each.issuer for each in value}) < len(value):
            raise ValueError("each id and each issuer belongs to one provider")
        return value

    @field_validator("audit_keys", mode="before")
    @classmethod
    def split_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = tuple(part.strip() for part in value.split(",") if part.strip())
        wrong = [part for part in parts if PUBLIC_KEY.fullmatch(part) is None]
        if wrong:
            raise ValueError(f"must be keys as `aforo audit key` shows them, not {', '.join(wrong)}")
        return parts

    @field_validator("dev_mail")
    @classmethod
    def shows_no_real_letters(cls, value: bool, given: ValidationInfo) -> bool:
        smtp_url = given.data.get("smtp_url")
        if value and smtp_url is not None and smtp_url.get_secret_value():
            raise ValueError("shows letters to whoever is at this machine; AFORO_SMTP_URL sends them to real people")
        return value

    @field_validator("sms_countries", mode="before")
    @classmethod
    def split_countries(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = tuple(part.strip().upper() for part in value.split(",") if part.strip())
        wrong = [part for part in parts if COUNTRY.fullmatch(part) is None]
        if wrong:
            raise ValueError(f"must be codes of countries, as in ES,PT; not {', '.join(wrong)}")
        return parts

    @field_validator("base_url")
    @classmethod
    def no_last_slash(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @property
    def public_url(self) -> str:
        """The address that buyers see."""
        return self.base_url or f"http://{self.host}:{self.port}"

    @property
    def near_url(self) -> str:
        """Where the servers are, seen from this machine."""
        host = "127.0.0.1" if self.host in EVERYWHERE else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def running_at(self) -> str:
        """Where the `aforo up` of the data folder listens; where it would, when it has not said so."""
        try:
            return (self.data_dir / ADDRESS_FILE).read_text(encoding="ascii").strip()
        except OSError:
            return self.near_url

    @property
    def embedded(self) -> bool:
        """Is at least one store our own?"""
        return self.redis_url is None or self.database_url is None

    def signing_secret(self) -> bytes:
        """The secret given, or the one in the data folder, made at the first call."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        if self.redis_url is not None or self.database_url is not None:
            raise SettingsFault(
                "AFORO_SECRET is missing: with stores of your own every process must be given the same secret"
                " (make one with: openssl rand -hex 32)"
            )
        return kept_secret(self.data_dir / "secret")


def kept_secret(path: Path) -> bytes:
    """Read the secret at `path`; make it, readable by us alone, when there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        try:
            # Unlike a rename, a link does not replace a file that another process made at the same moment.
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    secret = path.read_text(encoding="ascii").strip().encode()
    if len(secret) < SECRET_CHARS_MIN:
        raise SettingsFault(f"{path} holds no secret; remove it to have a new one made")
    return secret


def load() -> Settings:
    """The settings of the environment; SettingsFault names every variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [
            f"AFORO_{'_'.join(map(str, item['loc'])).upper()}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_input=False)
        ]
        raise SettingsFault("\n".join(wrong)) from None
