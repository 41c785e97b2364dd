"""What a sale has to sell, changed while it runs: what is withheld, and pools that get another capacity."""

from __future__ import annotations

from typing import Any

from engine.access import Permission
from engine.catalog import AllocationInput, PoolChange, StockPart
from engine.refusals import Code, RefusalError
from server.api.acts import act_of, made
from server.contract.routes import route
from server.contract.stock import AllocationShape, AllocationsShape, OwnPoolShape, allocation_shape
from server.who.call import Call

TAKES = (Code.UNKNOWN_SALE, Code.SALE_CLOSED, Code.STOCK_TAKEN, Code.BUSY, Code.UNAVAILABLE, Code.INVALID)


@route(
    "GET",
    "/api/sales/{sale}/allocations",
    needs=Permission.SALE_READ,
    answer=AllocationsShape,
    codes=(Code.UNKNOWN_SALE,),
)
async def allocations(call: Call) -> AllocationsShape:
    """What is, or was, withheld from a sale of yours."""
    sale = call.sale_part()
    if not await call.owns(sale):
        raise RefusalError(Code.UNKNOWN_SALE)
    found = await call.services.engine.catalog.allocations.of(call.organizer, sale)
    return {"items": [allocation_shape(each) for each in found]}


@route(
    "POST",
    "/api/sales/{sale}/allocations",
    needs=Permission.EVENT_EDIT,
    status=201,
    idempotent=True,
    takes=AllocationInput,
    codes=(*TAKES, Code.CONFLICT),
)
async def make_allocation(call: Call, body: Any) -> AllocationShape:
    """Withhold seats and units that are free; where some are held or sold nothing is, and they are named."""
    sale = call.sale_part()
    return allocation_shape(made(await call.services.engine.catalog.allocations.make(act_of(call), sale, body)))


@route(
    "POST",
    "/api/sales/{sale}/allocations/{allocation}/release",
    needs=Permission.EVENT_EDIT,
    codes=(Code.UNKNOWN_SALE, Code.NOT_FOUND, Code.BUSY),
)
async def release_allocation(call: Call) -> AllocationShape:
    """Let what is withheld be sold, at once; repeating it changes nothing."""
    allocation, sale = call.part("allocation"), call.sale_part()
    return allocation_shape(
        made(await call.services.engine.catalog.allocations.release(act_of(call), sale, allocation))
    )


@route(
    "POST",
    "/api/sales/{sale}/allocations/{allocation}/release-part",
    needs=Permission.EVENT_EDIT,
    idempotent=True,
    takes=StockPart,
    codes=(Code.UNKNOWN_SALE, Code.NOT_FOUND, Code.NOT_ALLOCATED, Code.CONFLICT, Code.BUSY, Code.INVALID),
)
async def release_part(call: Call, body: Any) -> AllocationShape:
    """Let these seats and units of it be sold, at once; with the last of them it is released."""
    allocation, sale = call.part("allocation"), call.sale_part()
    allocations = call.services.engine.catalog.allocations
    return allocation_shape(made(await allocations.release_part(act_of(call), sale, allocation, body)))


@route(
    "POST",
    "/api/sales/{sale}/allocations/{allocation}/withhold",
    needs=Permission.EVENT_EDIT,
    idempotent=True,
    takes=StockPart,
    codes=(*TAKES, Code.CONFLICT, Code.NOT_FOUND),
)
async def withhold_more(call: Call, body: Any) -> AllocationShape:
    """Withhold these seats and units for it as well; where some are held or sold none is, and they are named."""
    allocation, sale = call.part("allocation"), call.sale_part()
    allocations = call.services.engine.catalog.allocations
    return allocation_shape(made(await allocations.withhold(act_of(call), sale, allocation, body)))


@route(
    "PUT",
    "/api/sales/{sale}/pools/{pool}",
    needs=Permission.EVENT_EDIT,
    takes=PoolChange,
    codes=(*TAKES, Code.UNKNOWN_POOL),
)
async def resize_pool(call: Call, body: Any) -> OwnPoolShape:
    """Give a pool another capacity; less only where so many are neither held, sold nor withheld."""
    sale, pool = call.sale_part(), call.part("pool")
    plan = made(await call.services.engine.catalog.allocations.resize(act_of(call), sale, pool, body))
    return {"id": plan.id, "name": plan.name, "capacity": plan.in_all, "withheld": plan.withheld}
