"""Money at providers: what waits for a person, what is disputed, and where their books and an organizer's differ."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.access import Permission
from engine.reconciliation import Reconciliation
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of
from server.contract.reconciliation import (
    DisagreementShape,
    DisagreementsShape,
    DisputePolicyBody,
    DisputePolicyShape,
    DisputesShape,
    ReconciliationBody,
    ReconciliationShape,
    ReconciliationsShape,
    ResolveBody,
    TasksShape,
    disagreement_shape,
    dispute_shape,
    run_shape,
    task_shape,
)
from server.contract.routes import Reply, route
from server.contract.stamps import moment_of
from server.who.call import Call


@route("GET", "/api/organizer/tasks", needs=Permission.ORDER_REFUND, narrowed=True)
async def list_tasks(call: Call) -> TasksShape:
    """What waits for somebody, what is due first: refunds that the provider does not give back, disputes to be
    answered, and where a provider's books and yours differ. What is about no order of yours is told to those alone who
    may give back in all sales.
    """
    engine, permit = call.services.engine, call.permit
    assert permit is not None, "it was admitted"
    found, now = await engine.reconciliation.tasks.of(call.organizer), datetime.now(UTC)
    if not call.reach.everything:
        abouts = await engine.catalog.about_sales(call.organizer, {each.sale for each in found if each.sale})
        mine = {
            sale for sale, about in abouts.items() if permit.decides(Permission.ORDER_REFUND, about, now) is not None
        }
        found = [each for each in found if each.sale in mine]
    return {"items": [task_shape(each) for each in found]}


@route("GET", "/api/organizer/disputes", needs=Permission.ORDER_REFUND)
async def list_disputes(call: Call) -> DisputesShape:
    """Payments that buyers dispute at their banks, the newest first."""
    return {"items": [dispute_shape(each) for each in await its(call).disputes.all_of(call.organizer)]}


@route(
    "POST",
    "/api/organizer/disputes/{dispute}/answer",
    needs=Permission.ORDER_REFUND,
    status=204,
    answer=None,
    codes=(Code.NOT_FOUND,),
)
async def answer_dispute(call: Call) -> Reply:
    """Note that it is answered at the provider: it waits for nobody here any more. How it ends is the bank's to say."""
    if (refused := await its(call).disputes.answered(act_of(call), call.part("dispute"))) is not None:
        raise RefusalError(refused.code)
    return Reply(None, 204)


@route("GET", "/api/organizer/dispute-policy", needs=Permission.ORDER_REFUND)
async def read_dispute_policy(call: Call) -> DisputePolicyShape:
    """What becomes of tickets whose payment is disputed."""
    return {"blocks": await its(call).disputes.blocks(call.organizer)}


@route("PUT", "/api/organizer/dispute-policy", needs=Permission.ORGANIZER_EDIT)
async def write_dispute_policy(call: Call, body: DisputePolicyBody) -> DisputePolicyShape:
    """Whether such tickets open nothing until the dispute is won, from now on. Disputes that are open stay as they
    are.
    """
    await its(call).disputes.choose(act_of(call), blocks=body.blocks)
    return {"blocks": body.blocks}


@route("GET", "/api/organizer/disagreements", needs=Permission.ORDER_REFUND)
async def list_disagreements(call: Call) -> DisagreementsShape:
    """Where your providers' books and yours differ, or did."""
    return {"items": [disagreement_shape(each) for each in await its(call).disagreements(call.organizer)]}


@route(
    "POST",
    "/api/organizer/disagreements/{disagreement}/resolve",
    needs=Permission.ORDER_REFUND,
    codes=(Code.NOT_FOUND,),
)
async def resolve_disagreement(call: Call, body: ResolveBody) -> DisagreementShape:
    """Note that somebody has seen to it. It opens again only once either side says something else."""
    resolved = accept(await its(call).resolve(act_of(call), call.part("disagreement"), body.reason))
    return disagreement_shape(resolved)


@route("GET", "/api/organizer/reconciliations", needs=Permission.ORDER_REFUND)
async def list_reconciliations(call: Call) -> ReconciliationsShape:
    """When your money was compared with your providers' books, the newest first; how far one that runs is."""
    return {"items": [run_shape(each) for each in await its(call).all_of(call.organizer)]}


@route("POST", "/api/organizer/reconciliations", needs=Permission.ORDER_REFUND, status=202)
async def reconcile(call: Call, body: ReconciliationBody) -> ReconciliationShape:
    """Compare now, in the background. It is done daily in any case; one that waits already is the same."""
    since = moment_of(body.since_ms)
    return run_shape(await its(call).request(act_of(call), since))


def its(call: Call) -> Reconciliation:
    return call.services.engine.reconciliation
