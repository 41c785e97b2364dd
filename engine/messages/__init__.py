"""Messages: words in the reader's language, sent by e-mail, Web Push or SMS, and what became of them."""

from engine.messages.addresses import (
    EmailAddress,
    PhoneNumber,
    PushEndpoint,
    PushPoint,
    PushSecret,
    as_kept,
    country_of_mobile,
    email_address,
    hinted,
    inbox_of,
    phone_number,
)
from engine.messages.channel import Channel, Channels
from engine.messages.channels import open_channels
from engine.messages.context import CONTEXT
from engine.messages.desk import STATES, Again, MessageDesk, MessageView, Waiting
from engine.messages.letterbox import Letterbox
from engine.messages.letters import Letter, Template
from engine.messages.mailbox import Mail, Mailbox
from engine.messages.model import CHANNELS, Attachment, Draw, Drawn, File, Message, Outcome, Sent, Words
from engine.messages.post import ANY_TIME, Addressed, Ended, Post, Wish
from engine.messages.push import vapid_public_key
from engine.messages.words import LOCALES, distance, locale_of, price_words, site_name, until_words

__all__ = [
    "ANY_TIME",
    "CHANNELS",
    "CONTEXT",
    "LOCALES",
    "STATES",
    "Addressed",
    "Again",
    "Attachment",
    "Channel",
    "Channels",
    "Draw",
    "Drawn",
    "EmailAddress",
    "Ended",
    "File",
    "Letter",
    "Letterbox",
    "Mail",
    "Mailbox",
    "Message",
    "MessageDesk",
    "MessageView",
    "Outcome",
    "PhoneNumber",
    "Post",
    "PushEndpoint",
    "PushPoint",
    "PushSecret",
    "Sent",
    "Template",
    "Waiting",
    "Wish",
    "Words",
    "as_kept",
    "country_of_mobile",
    "distance",
    "email_address",
    "hinted",
    "inbox_of",
    "locale_of",
    "open_channels",
    "phone_number",
    "price_words",
    "site_name",
    "until_words",
    "vapid_public_key",
]
