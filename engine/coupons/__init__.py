"""Coupons: rules by which prices are less, the codes that are their faces, and how often each may be used."""

from engine.coupons.batches import Batch, CodeView
from engine.coupons.codes import CODE, checks, codes_in, drawn, folded, grouped, in_groups, spelled
from engine.coupons.context import CONTEXT, persons_of
from engine.coupons.coupons import Coupons, CouponView, segments_of_coupons
from engine.coupons.judging import Judged, opened_by
from engine.coupons.meeting import Bearer, Knowing, Meeting
from engine.coupons.model import Found, Said, Use, Why
from engine.coupons.taking import COUPON_GUARDS, CouponsLeft, count_uses, read_left
from engine.coupons.written import as_written, sentence

__all__ = [
    "CODE",
    "CONTEXT",
    "COUPON_GUARDS",
    "Batch",
    "Bearer",
    "CodeView",
    "CouponView",
    "Coupons",
    "CouponsLeft",
    "Found",
    "Judged",
    "Knowing",
    "Meeting",
    "Said",
    "Use",
    "Why",
    "as_written",
    "checks",
    "codes_in",
    "count_uses",
    "drawn",
    "folded",
    "grouped",
    "in_groups",
    "opened_by",
    "persons_of",
    "read_left",
    "segments_of_coupons",
    "sentence",
    "spelled",
]
