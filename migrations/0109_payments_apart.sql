-- expand
-- in a transaction
-- locks: sandbox_charge, sandbox_refund (share update exclusive)
--
-- What the sandbox knows of its charges is a matter of payments, and others read it through a view.

CREATE VIEW sandbox_standing WITH (security_invoker = true) AS
SELECT c.order_id, c.outcome, c.amount, c.visible_at, (
    SELECT coalesce(sum(r.amount), 0)::bigint FROM sandbox_refund r WHERE r.order_id = c.order_id
) AS given_back FROM sandbox_charge c;
COMMENT ON VIEW sandbox_standing IS 'payments: What the sandbox payment provider says of each charge.';
COMMENT ON TABLE sandbox_charge IS 'payments: The sandbox payment provider''s own ledger.';
COMMENT ON TABLE sandbox_refund IS 'payments: What the sandbox payment provider gave back.';
