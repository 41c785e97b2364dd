"""Access: who is asking. Signed buyers, places and tickets; sealed texts; API keys of organizers."""

from engine.access.answers import KeptAnswer, KeptAnswers
from engine.access.keys import ApiKeys, KeyShown, NewKey
from engine.access.sealing import Sealer, is_sealed
from engine.access.signing import SignedTicket, Signer, ticket_of

__all__ = [
    "ApiKeys",
    "KeptAnswer",
    "KeptAnswers",
    "KeyShown",
    "NewKey",
    "Sealer",
    "SignedTicket",
    "Signer",
    "is_sealed",
    "ticket_of",
]
