"""Messages: words in the reader's language, sent by e-mail, Web Push or SMS, and what became of them."""

from engine.messages.channels import Channel, Channels, open_channels
from engine.messages.model import CHANNELS, Message, Outcome, Sent, Words
from engine.messages.push import vapid_public_key
from engine.messages.words import LOCALES, Offer, locale_of, notice_words

__all__ = [
    "CHANNELS",
    "LOCALES",
    "Channel",
    "Channels",
    "Message",
    "Offer",
    "Outcome",
    "Sent",
    "Words",
    "locale_of",
    "notice_words",
    "open_channels",
    "vapid_public_key",
]
