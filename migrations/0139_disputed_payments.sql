-- expand
-- in a transaction
-- locks: payment (access exclusive)
--
-- Whether a buyer's bank wants the money of an order back, or has it: nothing of it is given as credit then.

ALTER TABLE payment ADD COLUMN disputed boolean NOT NULL DEFAULT false;
UPDATE payment SET disputed = true FROM dispute d
WHERE d.sale_id = payment.sale_id AND d.order_id = payment.order_id AND d.provider = payment.provider AND d.state <> 'won';
CREATE OR REPLACE VIEW order_money WITH (security_invoker = true) AS
SELECT p.sale_id, p.order_id, p.provider, p.state, p.amount, o.currency, o.code, o.revision, p.answered_at, p.disputed
FROM payment p JOIN orders o ON o.sale_id = p.sale_id AND o.id = p.order_id;
