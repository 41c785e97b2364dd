-- expand
-- in a transaction
-- locks: ledger_movement, refund, ticket (access exclusive)
--
-- Refunds that come back after they had gone, tickets that open nothing for now, and what books are compared with.

-- squawk-ignore ban-drop-constraint
ALTER TABLE ledger_movement DROP CONSTRAINT movement_kind_is_known;
ALTER TABLE ledger_movement ADD CONSTRAINT movement_kind_is_known
    CHECK (kind IN ('capture', 'refund', 'payback', 'return')) NOT VALID;
ALTER TABLE refund ADD COLUMN came_back smallint NOT NULL DEFAULT 0;
ALTER TABLE ticket ADD COLUMN blocked_at timestamptz;

-- What providers' books are compared with: what each order paid, and where.
CREATE VIEW order_money WITH (security_invoker = true) AS
SELECT p.sale_id, p.order_id, p.provider, p.state, p.amount, o.currency, o.code, o.revision, p.answered_at
FROM payment p JOIN orders o ON o.sale_id = p.sale_id AND o.id = p.order_id;
COMMENT ON VIEW order_money IS 'orders: What orders paid, at which provider, for those who compare.';
CREATE VIEW order_refund WITH (security_invoker = true) AS
SELECT sale_id, order_id, nth, amount - returned AS amount, way, state, ended_at FROM refund;
COMMENT ON VIEW order_refund IS 'orders: What money orders gave back, by refund, for those who compare.';
CREATE VIEW order_clearing WITH (security_invoker = true) AS
SELECT m.sale_id, m.order_id, m.nth, m.kind, m.currency, p.provider,
       coalesce(m.amounts[array_position(m.accounts, 'clearing')], 0) AS clearing
FROM ledger_movement m LEFT JOIN payment p ON p.sale_id = m.sale_id AND p.order_id = m.order_id;
COMMENT ON VIEW order_clearing IS 'orders: What the movements of orders brought to the accounts of providers, or took from there.';
CREATE VIEW ticket_block WITH (security_invoker = true) AS
SELECT t.sale_id, t.order_id, t.line, t.blocked_at, l.live FROM ticket t
JOIN order_line l ON l.sale_id = t.sale_id AND l.order_id = t.order_id AND l.line = t.line;
COMMENT ON VIEW ticket_block IS 'orders: Which tickets open nothing for now, for those who had them blocked.';
