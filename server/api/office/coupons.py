"""Coupons of an organizer: made, changed, ended, their codes drawn, exported and revoked, tried and reported on."""

from __future__ import annotations

from typing import Any, cast

from engine.access import Permission
from engine.catalog import CouponChange, NewCoupon
from engine.coupons import CouponView, folded, grouped
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of, made
from server.contract.coupons import (
    CodesShape,
    CouponReportShape,
    CouponShape,
    CouponsShape,
    GenerateBody,
    GeneratedShape,
    RevokeBody,
    RevokedShape,
    TriedShape,
    TryBody,
    batch_shape,
    code_shape,
    coupon_shape,
    report_shape,
)
from server.contract.routes import route
from server.contract.shapes import CartCouponShape, OwedFeeShape, OwedTaxShape
from server.who.call import Call


@route("GET", "/api/coupons", needs=Permission.COUPON_EDIT)
async def list_coupons(call: Call) -> CouponsShape:
    """Your coupons, those of sales among them, with what is used of each."""
    coupons = call.services.engine.coupons
    segments = await coupons.segment_names(call.organizer)
    return {"items": [coupon_shape(each, segments) for each in await coupons.all_of(call.organizer)]}


@route("GET", "/api/sales/{sale}/coupons", needs=Permission.COUPON_EDIT, codes=(Code.UNKNOWN_SALE,))
async def coupons_of_sale(call: Call) -> CouponsShape:
    """The coupons that count in a sale of yours: its own, and those of all sales."""
    sale, coupons = call.sale_part(), call.services.engine.coupons
    if not await call.owns(sale):
        raise RefusalError(Code.UNKNOWN_SALE)
    segments = await coupons.segment_names(call.organizer)
    found = await coupons.all_of(call.organizer, sale)
    return {
        "items": [
            coupon_shape(each, segments)
            for each in found
            if not each.coupon.rule.sales or sale in each.coupon.rule.sales
        ]
    }


@route(
    "POST",
    "/api/coupons",
    needs=Permission.COUPON_EDIT,
    status=201,
    idempotent=True,
    takes=NewCoupon,
    codes=(Code.INVALID, Code.CONFLICT),
)
async def make_coupon(call: Call, body: Any) -> CouponShape:
    """A coupon of one sale, or of yours: it counts for carts from the next seconds on."""
    return await shape(call, made(await call.services.engine.coupons.make(act_of(call), body)))


@route("GET", "/api/coupons/{coupon}", needs=Permission.COUPON_EDIT, codes=(Code.NOT_FOUND,))
async def one_coupon(call: Call) -> CouponShape:
    """A coupon, with what is used of it."""
    return await shape(call, accept(await call.services.engine.coupons.one(call.organizer, call.part("coupon"))))


@route(
    "PUT",
    "/api/coupons/{coupon}",
    needs=Permission.COUPON_EDIT,
    takes=CouponChange,
    codes=(Code.NOT_FOUND, Code.CHANGED_MEANWHILE, Code.INVALID),
)
async def change_coupon(call: Call, body: Any) -> CouponShape:
    """Its rule anew, whole; codes and uses stay. Whoever is paying by the rule before is asked again."""
    return await shape(call, made(await call.services.engine.coupons.change(act_of(call), call.part("coupon"), body)))


@route("POST", "/api/coupons/{coupon}/end", needs=Permission.COUPON_EDIT, codes=(Code.NOT_FOUND,))
async def end_coupon(call: Call) -> CouponShape:
    """It counts no more, for good; what it took off stays. Ending it again changes nothing."""
    return await shape(call, accept(await call.services.engine.coupons.end(act_of(call), call.part("coupon"))))


# ── codes ──


@route(
    "POST",
    "/api/coupons/{coupon}/codes",
    needs=Permission.COUPON_EDIT,
    status=201,
    idempotent=True,
    codes=(Code.NOT_FOUND, Code.INVALID, Code.CONFLICT),
)
async def generate_codes(call: Call, body: GenerateBody) -> GeneratedShape:
    """Draw codes for a partner, each for one use."""
    batches = call.services.engine.coupons.batches
    batch, codes = made(await batches.generate(act_of(call), call.part("coupon"), body.number, body.partner))
    return {**batch_shape(batch), "codes": [grouped(code) for code in codes]}


@route("GET", "/api/coupons/{coupon}/codes", needs=Permission.COUPON_EDIT, codes=(Code.NOT_FOUND,))
async def codes_of_coupon(call: Call) -> CodesShape:
    """Its codes and batches, with what is used of each; `?batch=` those of one."""
    coupons, coupon = call.services.engine.coupons, call.part("coupon")
    accept(await coupons.one(call.organizer, coupon))
    batches = await coupons.batches.of(call.organizer, coupon)
    codes = await coupons.batches.codes(call.organizer, coupon, call.request.query.get("batch"))
    return {"batches": [batch_shape(each) for each in batches], "items": [code_shape(each) for each in codes]}


@route("POST", "/api/coupons/{coupon}/revoke", needs=Permission.COUPON_EDIT, codes=(Code.NOT_FOUND, Code.INVALID))
async def revoke_codes(call: Call, body: RevokeBody) -> RevokedShape:
    """A code, or all of a batch that are not used yet, count no more. Revoking again changes nothing."""
    if (body.batch is None) == (body.code is None):
        raise RefusalError(Code.INVALID, fields=[{"path": "batch", "message": "name a batch or a code"}])
    code = None if body.code is None else folded(body.code)
    batches = call.services.engine.coupons.batches
    return {"revoked": accept(await batches.revoke(act_of(call), call.part("coupon"), batch=body.batch, code=code))}


# ── what it does, and what it did ──


@route("GET", "/api/coupons/{coupon}/report", needs=Permission.REPORT_READ, codes=(Code.NOT_FOUND,))
async def report_on_coupon(call: Call) -> CouponReportShape:
    """What it brought by code and partner, beside what orders without it came to, then and before."""
    engine, coupon = call.services.engine, call.part("coupon")
    accept(await engine.coupons.one(call.organizer, coupon))
    return report_shape(await engine.orders.coupon_report(coupon))


@route("POST", "/api/coupons/try", needs=Permission.COUPON_EDIT, codes=(Code.UNKNOWN_SALE, Code.INVALID))
async def try_coupons(call: Call, body: TryBody) -> TriedShape:
    """What a cart would come to with these codes, for a buyer who meets every condition that asks who they are."""
    if not await call.owns(body.sale):
        raise RefusalError(Code.UNKNOWN_SALE)
    wanted = [(item.place, item.type, item.number) for item in body.items]
    tried = made(await call.services.engine.orders.trying.of(body.sale, wanted, body.codes))
    return {
        "currency": tried.currency,
        "prices": tried.prices,
        "discount": tried.discount,
        "coupons": cast("list[CartCouponShape]", [each.wire() for each in tried.coupons]),
        "fees": cast("list[OwedFeeShape]", [each.wire() for each in tried.fees]),
        "taxes": cast("list[OwedTaxShape]", [each.wire() for each in tried.taxes]),
        "total": tried.total,
    }


async def shape(call: Call, view: CouponView) -> CouponShape:
    return coupon_shape(view, await call.services.engine.coupons.segment_names(call.organizer))
