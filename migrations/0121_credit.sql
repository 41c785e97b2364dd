-- expand
-- in a transaction
-- locks: organizer (share row exclusive)
-- locks: orders (access exclusive)
-- locks: cart (access exclusive)
-- locks: ledger_movement (row exclusive)
--
-- Credit: money owed to somebody or to whoever has a code, every change of it, and what of an order it pays.

CREATE TABLE credit (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    kind           text NOT NULL CHECK (kind IN ('credit', 'voucher')),
    currency       text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    owner          text,
    code_mark      text,
    code_end       text NOT NULL DEFAULT '',
    batch          text,
    balance        bigint NOT NULL DEFAULT 0,
    expires_at     timestamptz,
    grace_until    timestamptz,
    sales          text[] NOT NULL DEFAULT '{}',
    sum_min        bigint NOT NULL DEFAULT 0 CHECK (sum_min >= 0),
    why            text NOT NULL,
    issued_by      text NOT NULL,
    issued_at      timestamptz NOT NULL DEFAULT now(),
    revoked_at     timestamptz,
    request        text NOT NULL,
    CONSTRAINT credit_is_never_overspent CHECK (balance >= 0),
    CONSTRAINT voucher_has_a_code CHECK ((kind = 'voucher') = (code_mark IS NOT NULL)),
    CONSTRAINT voucher_has_no_owner CHECK (kind = 'credit' OR owner IS NULL),
    CONSTRAINT credit_is_given_once UNIQUE (organizer_id, request),
    CONSTRAINT code_is_of_one_voucher UNIQUE (code_mark)
);
COMMENT ON TABLE credit IS 'credit: Money that an organizer owes somebody, or whoever has a code, and what is left of it.';
CREATE INDEX credit_by_owner ON credit (owner) WHERE owner IS NOT NULL;
CREATE INDEX credit_by_issue ON credit (organizer_id, issued_at DESC, id);
CREATE INDEX credit_by_end ON credit ((greatest(expires_at, grace_until))) WHERE balance > 0;
CREATE TABLE credit_entry (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    credit_id  text NOT NULL REFERENCES credit,
    kind       text NOT NULL CHECK (kind IN ('issue', 'bonus', 'spend', 'return', 'expire', 'revoke')),
    amount     bigint NOT NULL,
    account    text CHECK (account IN ('credit_given', 'credit_bonus', 'credit_expired', 'credit_revoked')),
    sale_id    text,
    order_id   text,
    by         text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT entry_gives_or_takes CHECK (amount <> 0 AND (amount > 0) = (kind IN ('issue', 'bonus', 'return'))),
    CONSTRAINT entry_is_balanced CHECK (account IS NOT NULL AND kind NOT IN ('spend', 'return') OR account IS NULL AND order_id IS NOT NULL),
    CONSTRAINT entry_of_an_order_names_its_sale CHECK ((order_id IS NULL) = (sale_id IS NULL))
);
COMMENT ON TABLE credit_entry IS 'credit: Every change of a balance: given, spent, come back, expired, revoked.';
CREATE INDEX credit_entry_by_credit ON credit_entry (credit_id, id);
CREATE FUNCTION credit_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM credit WHERE id IN (SELECT credit_id FROM entries) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM entries e JOIN credit c ON c.id = e.credit_id
        WHERE e.kind = 'spend'
            AND (c.revoked_at IS NOT NULL OR greatest(c.expires_at, c.grace_until) <= clock_timestamp())
    ) THEN
        RAISE check_violation USING MESSAGE = 'credit has expired, or was revoked', CONSTRAINT = 'credit_is_spent_in_time';
    END IF;
    IF EXISTS (
        SELECT FROM entries e JOIN credit c ON c.id = e.credit_id LEFT JOIN sale_terms s ON s.id = e.sale_id
        WHERE e.kind = 'spend' AND (
            s.organizer_id IS DISTINCT FROM c.organizer_id OR s.currency <> c.currency OR s.kind = 'rehearsal'
            OR c.sales <> '{}' AND e.sale_id <> ALL (c.sales)
        )
    ) THEN
        RAISE check_violation USING MESSAGE = 'credit is not for this sale', CONSTRAINT = 'credit_is_spent_where_it_counts';
    END IF;
    UPDATE credit SET balance = balance + n.amount, grace_until = CASE
        WHEN n.came_back AND grace_until IS NULL AND expires_at <= clock_timestamp() THEN clock_timestamp() + interval '7 days'
        ELSE grace_until END
    FROM (
        SELECT credit_id, sum(amount)::bigint AS amount, bool_or(kind = 'return') AS came_back
        FROM entries GROUP BY credit_id
    ) AS n
    WHERE id = n.credit_id;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION credit_counts IS 'credit: Counts what was written of credit, and refuses what may not be spent.';
CREATE TRIGGER credit_counts AFTER INSERT ON credit_entry REFERENCING NEW TABLE AS entries
    FOR EACH STATEMENT EXECUTE FUNCTION credit_counts();
CREATE VIEW credit_standing WITH (security_invoker = true) AS
SELECT c.organizer_id, c.currency, c.kind, sum(c.balance)::bigint AS owed, coalesce(sum(e.moved), 0)::bigint AS moved
FROM credit c CROSS JOIN LATERAL (
    SELECT sum(amount) AS moved FROM credit_entry e WHERE e.credit_id = c.id AND e.account IS NOT NULL
) AS e GROUP BY c.organizer_id, c.currency, c.kind;
COMMENT ON VIEW credit_standing IS 'credit: What organizers owe as credit, and what of it came from or went elsewhere than orders.';
CREATE VIEW credit_of_order WITH (security_invoker = true) AS
SELECT credit_id, sale_id, order_id, -sum(amount)::bigint AS spent FROM credit_entry
WHERE kind IN ('spend', 'return') GROUP BY credit_id, sale_id, order_id;
COMMENT ON VIEW credit_of_order IS 'credit: What of a credit an order has spent, less what came back.';
CREATE VIEW credit_movement WITH (security_invoker = true) AS
SELECT e.id, c.organizer_id, c.currency, e.at, e.kind, ARRAY[e.account, c.kind] AS accounts, ARRAY[e.amount, -e.amount] AS amounts
FROM credit_entry e JOIN credit c ON c.id = e.credit_id WHERE e.account IS NOT NULL;
COMMENT ON VIEW credit_movement IS 'credit: Movements of credit that no order has: by account, adding up to nothing.';
ALTER TABLE cart ADD COLUMN credits text[];
ALTER TABLE orders ADD COLUMN credit bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT order_credit_is_of_its_total CHECK (credit >= 0 AND credit <= total) NOT VALID;
CREATE TABLE order_credit (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    credit_id  text NOT NULL REFERENCES credit,
    kind       text NOT NULL CHECK (kind IN ('credit', 'voucher')),
    code_end   text NOT NULL,
    amount     bigint NOT NULL CHECK (amount > 0),
    live       boolean NOT NULL DEFAULT true,
    PRIMARY KEY (sale_id, order_id, credit_id),
    CONSTRAINT credit_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders
);
COMMENT ON TABLE order_credit IS 'orders: What of an order credit and vouchers pay.';
CREATE INDEX order_credit_by_credit ON order_credit (credit_id);
CREATE OR REPLACE VIEW order_takings WITH (security_invoker = true) AS
SELECT sale_id, order_id, nth, currency, at, captured, captured + discount - fees - taxes AS prices, discount, fees, taxes, credit
FROM (
    SELECT sale_id, order_id, nth, currency, at,
        coalesce(amounts[array_position(accounts, 'clearing')], 0)
            + coalesce(amounts[array_position(accounts, 'refund_due')], 0)
            + coalesce(amounts[array_position(accounts, 'credit')], 0)
            + coalesce(amounts[array_position(accounts, 'voucher')], 0) AS captured,
        coalesce(amounts[array_position(accounts, 'discount')], 0) AS discount,
        -coalesce(amounts[array_position(accounts, 'fee')], 0) AS fees,
        -coalesce(amounts[array_position(accounts, 'tax')], 0) AS taxes,
        coalesce(amounts[array_position(accounts, 'credit')], 0) + coalesce(amounts[array_position(accounts, 'voucher')], 0) AS credit
    FROM ledger_movement
) AS movement;
CREATE OR REPLACE FUNCTION ledger_capture(of_sale text, of_orders text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_movement (sale_id, order_id, nth, kind, currency, accounts, amounts)
    SELECT moved.sale_id, moved.id, 0, 'capture', moved.currency, moved.accounts, moved.amounts FROM (
        SELECT o.sale_id, o.id, o.currency,
            CASE WHEN o.total <> o.credit THEN ARRAY['clearing'] END || spent.accounts || lines.accounts
                || CASE WHEN lines.discount <> 0 THEN ARRAY['discount'] END
                || CASE WHEN fees.fee <> 0 THEN ARRAY['fee'] END
                || CASE WHEN lines.tax + fees.tax <> 0 THEN ARRAY['tax'] END AS accounts,
            CASE WHEN o.total <> o.credit THEN ARRAY[o.total - o.credit] END || spent.amounts || lines.amounts
                || CASE WHEN lines.discount <> 0 THEN ARRAY[lines.discount] END
                || CASE WHEN fees.fee <> 0 THEN ARRAY[-fees.fee] END
                || CASE WHEN lines.tax + fees.tax <> 0 THEN ARRAY[-lines.tax - fees.tax] END AS amounts
        FROM orders o CROSS JOIN LATERAL (
            SELECT array_agg('revenue:' || t.ticket_type) FILTER (WHERE t.revenue <> 0) AS accounts,
                array_agg(-t.revenue) FILTER (WHERE t.revenue <> 0) AS amounts,
                coalesce(sum(t.discount), 0)::bigint AS discount, coalesce(sum(t.tax), 0)::bigint AS tax
            FROM (
                SELECT l.ticket_type, coalesce(sum(l.full_price - l.price), 0) AS discount, coalesce(sum(l.tax), 0) AS tax,
                    sum(
                        coalesce(l.full_price, l.price) - CASE WHEN l.owed IS NULL THEN coalesce(l.tax, 0) ELSE 0 END
                    )::bigint AS revenue
                FROM order_line l WHERE l.sale_id = o.sale_id AND l.order_id = o.id GROUP BY l.ticket_type
            ) AS t
        ) AS lines CROSS JOIN LATERAL (
            SELECT coalesce(sum(f.owed - f.tax), 0)::bigint AS fee, coalesce(sum(f.tax), 0)::bigint AS tax
            FROM order_fee f WHERE f.sale_id = o.sale_id AND f.order_id = o.id
        ) AS fees CROSS JOIN LATERAL (
            SELECT array_agg(k.kind ORDER BY k.kind) AS accounts, array_agg(k.amount ORDER BY k.kind) AS amounts FROM (
                SELECT c.kind, sum(c.amount)::bigint AS amount FROM order_credit c
                WHERE o.credit > 0 AND c.sale_id = o.sale_id AND c.order_id = o.id GROUP BY c.kind
            ) AS k
        ) AS spent
        WHERE o.sale_id = of_sale AND o.id = ANY (of_orders) AND o.state = 'paid' AND o.channel <> 'complimentary'
    ) AS moved
    WHERE ledger_balances(moved.amounts)
    ON CONFLICT DO NOTHING
$$;
GRANT SELECT, INSERT ON credit, credit_entry TO aforo_office;
GRANT UPDATE (balance, grace_until, revoked_at) ON credit TO aforo_office;
ALTER TABLE credit ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON credit TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE credit_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON credit_entry TO aforo_office USING (
    (SELECT organizer_id FROM credit WHERE credit.id = credit_entry.credit_id) = current_setting('aforo.organizer', true));
