"""Access: who is asking, and how often they may. Signatures, sealed texts, API keys; allowances, tries at secrets."""

from engine.access.allowances import (
    ACCOUNT_LETTERS,
    BUYERS,
    ENTRY_CODES,
    LOGINS,
    ORDER_KEY_LETTERS,
    ORDER_OPENINGS,
    PASSWORDS_JUDGED,
    PERSONS,
    PLACES,
    Allowance,
    Allowances,
    Taken,
    Wait,
)
from engine.access.answers import KeptAnswer, KeptAnswers
from engine.access.api_keys import ApiKeys, hold_key, key_id_of, lock_organizer, permit_of
from engine.access.challenges import Challenges
from engine.access.context import CONTEXT
from engine.access.guesses import Guesses
from engine.access.key_model import KeyDraft, KeyFault, KeyShown, KeyUnusable, NewKey
from engine.access.key_tokens import KeyTokens
from engine.access.networks import lies_in, network_of
from engine.access.organizers import (
    KeyRule,
    OrganizerChange,
    Organizers,
    OrganizerView,
    Terms,
    TermsWritten,
    organizer_of,
)
from engine.access.permissions import (
    ALL,
    ANYWHERE,
    EVERYTHING,
    NOWHERE,
    OF_EVENTS,
    OF_VENUES,
    ROLES,
    About,
    Grant,
    Permission,
    Permit,
    Reach,
    Role,
    Scope,
)
from engine.access.sealing import Sealer, is_sealed
from engine.access.signing import SignedTicket, Signer, ticket_of
from engine.access.tokens import Tokens

__all__ = [
    "ACCOUNT_LETTERS",
    "ALL",
    "ANYWHERE",
    "BUYERS",
    "CONTEXT",
    "ENTRY_CODES",
    "EVERYTHING",
    "LOGINS",
    "NOWHERE",
    "OF_EVENTS",
    "OF_VENUES",
    "ORDER_KEY_LETTERS",
    "ORDER_OPENINGS",
    "PASSWORDS_JUDGED",
    "PERSONS",
    "PLACES",
    "ROLES",
    "About",
    "Allowance",
    "Allowances",
    "ApiKeys",
    "Challenges",
    "Grant",
    "Guesses",
    "KeptAnswer",
    "KeptAnswers",
    "KeyDraft",
    "KeyFault",
    "KeyRule",
    "KeyShown",
    "KeyTokens",
    "KeyUnusable",
    "NewKey",
    "OrganizerChange",
    "OrganizerView",
    "Organizers",
    "Permission",
    "Permit",
    "Reach",
    "Role",
    "Scope",
    "Sealer",
    "SignedTicket",
    "Signer",
    "Taken",
    "Terms",
    "TermsWritten",
    "Tokens",
    "Wait",
    "hold_key",
    "is_sealed",
    "key_id_of",
    "lies_in",
    "lock_organizer",
    "network_of",
    "organizer_of",
    "permit_of",
    "ticket_of",
]
