"""Permissions: the words for what may be done, the roles that are named sets of them, and permits, which decide.

Pure. Guarantees: what no grant names is not allowed; a grant over some events or venues allows nothing that is about
the organizer as a whole; time comes in as an argument, and a grant that has ended decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from engine.audit import ActorKind


class Permission(Enum):
    ORGANIZER_EDIT = "organizer:edit"
    ORGANIZER_OWN = "organizer:own"
    VENUE_EDIT = "venue:edit"
    EVENT_READ = "event:read"
    EVENT_EDIT = "event:edit"
    SALE_READ = "sale:read"
    SALE_STEER = "sale:steer"
    ORDER_READ = "order:read"
    ORDER_PII = "order:pii"
    ORDER_ISSUE = "order:issue"
    ORDER_OVER_MAXIMUM = "order:over_maximum"
    ORDER_COMPLIMENTARY = "order:complimentary"
    ORDER_REFUND = "order:refund"
    TICKET_PAYLOAD = "ticket:payload"
    GATE_SCAN = "gate:scan"
    COUPON_EDIT = "coupon:edit"
    CREDIT_EDIT = "credit:edit"
    PROMO_READ = "promo:read"
    PROMO_EDIT = "promo:edit"
    PEOPLE_READ = "people:read"
    PEOPLE_EDIT = "people:edit"
    REVIEW_DECIDE = "review:decide"
    CAMPAIGN_SEND = "campaign:send"
    REPORT_READ = "report:read"
    MEMBER_READ = "member:read"
    MEMBER_MANAGE = "member:manage"
    KEY_MANAGE = "key:manage"
    WEBHOOK_MANAGE = "webhook:manage"
    POLICY_EDIT = "policy:edit"
    AUDIT_READ = "audit:read"


P = Permission
ALL = frozenset(Permission)
# What a grant over some events, or some venues, can give; anything else is about the organizer as a whole.
OF_EVENTS = frozenset(
    {
        *(P.EVENT_READ, P.EVENT_EDIT, P.SALE_READ, P.SALE_STEER, P.ORDER_READ, P.ORDER_PII, P.ORDER_REFUND),
        *(P.ORDER_ISSUE, P.ORDER_OVER_MAXIMUM, P.ORDER_COMPLIMENTARY),
        *(P.TICKET_PAYLOAD, P.GATE_SCAN, P.COUPON_EDIT, P.REVIEW_DECIDE, P.REPORT_READ),
    }
)
OF_VENUES = OF_EVENTS | {P.VENUE_EDIT}


class Role(Enum):
    OWNER = "owner"
    MANAGER = "manager"
    EDITOR = "editor"  # writes what is to be published
    PUBLISHER = "publisher"  # reviews it
    VENUE_MANAGER = "venue_manager"
    BOX_OFFICE = "box_office"
    MARKETING = "marketing"
    FINANCE = "finance"
    GATE = "gate"
    ANALYST = "analyst"
    AUDITOR = "auditor"


LOOKING = frozenset({P.EVENT_READ, P.SALE_READ})
ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: ALL,
    Role.MANAGER: ALL - {P.ORGANIZER_OWN, P.POLICY_EDIT},
    Role.EDITOR: LOOKING | {P.EVENT_EDIT, P.COUPON_EDIT, P.PROMO_READ, P.PROMO_EDIT},
    Role.PUBLISHER: LOOKING | {P.EVENT_EDIT, P.REVIEW_DECIDE, P.SALE_STEER, P.PROMO_READ},
    Role.VENUE_MANAGER: LOOKING | {P.VENUE_EDIT},
    Role.BOX_OFFICE: LOOKING | {P.ORDER_READ, P.ORDER_PII, P.ORDER_ISSUE, P.TICKET_PAYLOAD},
    Role.MARKETING: LOOKING
    | {P.COUPON_EDIT, P.PROMO_READ, P.PROMO_EDIT, P.PEOPLE_READ, P.PEOPLE_EDIT, P.CAMPAIGN_SEND, P.REPORT_READ},
    Role.FINANCE: LOOKING | {P.ORDER_READ, P.ORDER_PII, P.ORDER_REFUND, P.CREDIT_EDIT, P.REPORT_READ},
    Role.GATE: frozenset({P.EVENT_READ, P.GATE_SCAN}),
    Role.ANALYST: LOOKING | {P.ORDER_READ, P.PROMO_READ, P.REPORT_READ},
    Role.AUDITOR: LOOKING | {P.ORDER_READ, P.PROMO_READ, P.REPORT_READ, P.MEMBER_READ, P.AUDIT_READ},
}


@dataclass(frozen=True, slots=True)
class About:
    """What an ask is about: an event, with the venue where it takes place, a venue, or the organizer as a whole."""

    event: str | None = None
    venue: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Some events and some venues; neither: the whole organizer."""

    events: frozenset[str] = frozenset()
    venues: frozenset[str] = frozenset()

    @property
    def is_everything(self) -> bool:
        return not self.events and not self.venues

    def covers(self, permission: Permission, about: About) -> bool:
        if self.is_everything:
            return True
        if about.event is not None and about.event in self.events and permission in OF_EVENTS:
            return True
        return about.venue is not None and about.venue in self.venues and permission in OF_VENUES


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions in a scope, until an instant. Without a role it is what a key or a guest link carries."""

    id: str
    permissions: frozenset[Permission]
    scope: Scope = EVERYTHING
    until: datetime | None = None
    role: Role | None = None

    def lasts(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a permission holds: everywhere, in some events and venues, or nowhere."""

    everything: bool = False
    events: frozenset[str] = frozenset()
    venues: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.everything or bool(self.events) or bool(self.venues)


NOWHERE = Reach()
FOR_EVER = datetime.max.replace(tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
ANYWHERE = Reach(everything=True)


@dataclass(frozen=True, slots=True)
class Permit:
    """All that one end may do for one organizer."""

    organizer: str
    kind: ActorKind
    actor: str  # id of the account, key or guest link
    grants: tuple[Grant, ...]

    def decides(self, permission: Permission, about: About, now: datetime) -> Grant | None:
        """The grant by which it is allowed; the widest of them, so that the reason is the plainest."""
        fitting = [each for each in self._giving(permission, now) if each.scope.covers(permission, about)]
        return min(fitting, key=lambda each: (not each.scope.is_everything, each.id), default=None)

    def covers(self, permission: Permission, about: About, now: datetime, until: datetime | None) -> bool:
        """Whether it is allowed now, and still will be when what is made of it ends; None: it never does."""
        last = FOR_EVER if until is None else max(now, until - INSTANT)
        return all(self.decides(permission, about, at) is not None for at in (now, last))

    def reach(self, permission: Permission, now: datetime) -> Reach:
        giving = list(self._giving(permission, now))
        if any(each.scope.is_everything for each in giving):
            return ANYWHERE
        events = frozenset().union(*(each.scope.events for each in giving)) if permission in OF_EVENTS else frozenset()
        venues = frozenset().union(*(each.scope.venues for each in giving)) if permission in OF_VENUES else frozenset()
        return Reach(events=events, venues=venues)

    def everywhere(self, now: datetime) -> frozenset[Permission]:
        """What holds for the organizer as a whole."""
        return frozenset(each for each in Permission if self.reach(each, now).everything)

    def somewhere(self, now: datetime) -> frozenset[Permission]:
        """What holds anywhere."""
        return frozenset(each for each in Permission if self.reach(each, now))

    def _giving(self, permission: Permission, now: datetime) -> Iterable[Grant]:
        return (each for each in self.grants if permission in each.permissions and each.lasts(now))
