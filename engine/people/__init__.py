"""People: everybody we may write to, where they are, what they bought, and where nothing is sent."""

from engine.people.context import CONTEXT
from engine.people.importing import Rejected, Report, import_people, take_people
from engine.people.lines import BadFile, Line
from engine.people.notes import Note, Notes
from engine.people.order_counts import OrderCounts
from engine.people.persons import (
    ADDRESSES,
    PLAIN_PEOPLE,
    PersonChange,
    Persons,
    Profile,
    Subscription,
    read_zones,
    write_positions,
)
from engine.people.preferences import OFFERS, Preference, Preferences, Quiet
from engine.people.readers import Reader, Readers
from engine.people.suppression import Suppression
from engine.people.where import (
    EARTH_RADIUS_M,
    IMPLAUSIBLE,
    Point,
    Position,
    distance_m,
    near_enough,
    plausible,
    position_of,
    within,
)

__all__ = [
    "ADDRESSES",
    "CONTEXT",
    "EARTH_RADIUS_M",
    "IMPLAUSIBLE",
    "OFFERS",
    "PLAIN_PEOPLE",
    "BadFile",
    "Line",
    "Note",
    "Notes",
    "OrderCounts",
    "PersonChange",
    "Persons",
    "Point",
    "Position",
    "Preference",
    "Preferences",
    "Profile",
    "Quiet",
    "Reader",
    "Readers",
    "Rejected",
    "Report",
    "Subscription",
    "Suppression",
    "distance_m",
    "import_people",
    "near_enough",
    "plausible",
    "position_of",
    "read_zones",
    "take_people",
    "within",
    "write_positions",
]
