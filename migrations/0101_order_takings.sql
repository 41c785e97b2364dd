-- expand
-- in a transaction
-- locks: nothing
--
-- One view that every figure of money comes from.

CREATE VIEW order_takings WITH (security_invoker = true) AS
SELECT sale_id, order_id, nth, currency, at, captured, captured + discount - fees - taxes AS prices, discount, fees, taxes
FROM (
    SELECT sale_id, order_id, nth, currency, at,
        coalesce(amounts[array_position(accounts, 'clearing')], 0) AS captured,
        coalesce(amounts[array_position(accounts, 'discount')], 0) AS discount,
        -coalesce(amounts[array_position(accounts, 'fee')], 0) AS fees,
        -coalesce(amounts[array_position(accounts, 'tax')], 0) AS taxes
    FROM ledger_movement
) AS movement;
COMMENT ON VIEW order_takings IS 'orders: Money of orders by movement: what came in, at which prices without tax, less what discount, and of it fees and taxes.';
