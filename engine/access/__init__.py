"""Access: who is asking. Signed buyers, places and tickets; API keys of organizers."""

from engine.access.answers import KeptAnswer, KeptAnswers
from engine.access.keys import ApiKeys, KeyShown, NewKey
from engine.access.signing import SignedTicket, Signer, ticket_of

__all__ = ["ApiKeys", "KeptAnswer", "KeptAnswers", "KeyShown", "NewKey", "SignedTicket", "Signer", "ticket_of"]
