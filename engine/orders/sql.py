"""The SQL of orders. Lists travel as arrays, so that one statement serves a whole batch."""

# ── placing ──

# A plan made while a table was empty scans it whole, and connections keep plans: foreign keys of a sale that has just
# begun would cost more with each order. Batches go by index, so they leave scans out of the choice.
BY_INDEX = "SELECT set_config('enable_seqscan', 'off', true)"
READ_POOLS = "SELECT id, capacity, sold, draws_on FROM pool_stock WHERE sale_id = $1"
# All that a batch has to know, but for pools: of its order ids ($2), seats ($3) and buyers ($4). Seats are looked up
# one by one: for a list the primary key would be taken while statistics are young, and all lines of the sale be read.
# A rehearsal's crowd accepts no terms.
READ_PLACE_FACTS = """
SELECT sale.person_max, sale.currency, sale.type_rules, sale.phases, sale.products, sale.unlocks, sale.cancelled,
    known.*, owned.*, CASE
WHEN sale.kind <> 'rehearsal' THEN (
    SELECT terms_version FROM public_organizer WHERE id = sale.organizer_id
) END AS terms, ARRAY(
    SELECT s.seat FROM unnest($3::integer[]) AS s (seat)
    WHERE (SELECT true FROM order_line l WHERE l.sale_id = $1 AND l.live AND l.seat = s.seat)
) AS sold_seats, EXISTS (
    SELECT FROM pool_stock p WHERE p.sale_id = $1 AND p.id LIKE 'type:%'
) AS counts_types, ARRAY(SELECT p.valid_from_ms FROM sale_prices p WHERE p.sale_id = $1 ORDER BY p.number) AS lists,
    EXISTS (SELECT FROM open_allocation a WHERE a.sale_id = $1) AS draws
FROM sale_terms AS sale
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(o.id), '{}') AS orders, coalesce(array_agg(o.state), '{}') AS states,
        coalesce(array_agg(o.code), '{}') AS codes, coalesce(array_agg(o.placed_at), '{}') AS placed,
        coalesce(array_agg(o.terms_version), '{}') AS accepted
    FROM orders o WHERE o.sale_id = $1 AND o.id = ANY($2)
) AS known
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(b.id), '{}') AS buyers, coalesce(array_agg(each.lines), '{}') AS lines
    FROM unnest($4::text[]) AS b (id) CROSS JOIN LATERAL (
        SELECT coalesce(sum((
            SELECT count(*) FROM order_line l WHERE l.sale_id = $1 AND l.order_id = o.id AND l.live
                AND l.pool_id NOT LIKE 'product:%' IS NOT FALSE
        )), 0)::integer AS lines
        FROM orders o WHERE o.buyer_id = b.id AND o.sale_id = $1
    ) AS each
    WHERE each.lines > 0
) AS owned
WHERE sale.id = $1
"""
# Live tickets of a type, by buyer, for types of which one person gets so many ($3).
READ_OWNED_TYPES = """
SELECT o.buyer_id, l.ticket_type, count(*)::integer AS tickets
FROM orders o JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id AND l.live
WHERE o.sale_id = $1 AND o.buyer_id = ANY($2) AND l.ticket_type = ANY($3) GROUP BY o.buyer_id, l.ticket_type
"""
# The time is taken under the sale's lock, so that no order is seen later than one with a later time.
PLACE_ORDERS = """
WITH placed AS (
    INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, contact, key_hash, code,
                        cart_until, terms_version, person_id, locale, price_list, channel, issuer, tender,
                        phase, credit, placed_at)
    SELECT sale.id, o.id, o.cart_id, o.buyer_id, 'paying', o.total, sale.currency, o.contact::jsonb,
           nullif(o.key_hash, ''), o.code, to_timestamp(o.cart_until_ms / 1000.0), o.terms, o.person_id,
           nullif(o.locale, ''), o.list, o.channel, o.issuer, o.tender, o.phase,
           o.credit, clock_timestamp()
    FROM sale_terms AS sale,
         unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bigint[],
                $21::integer[], $22::text[], $23::text[], $24::integer[], $25::text[], $26::text[], $27::text[],
                $28::text[], $29::bigint[])
         AS o (id, cart_id, buyer_id, total, contact, key_hash, code, cart_until_ms, terms, person_id, locale, list,
               channel, issuer, tender, phase, credit)
    WHERE sale.id = $1
    RETURNING id, placed_at, currency, terms_version
), line AS (
    INSERT INTO order_line (sale_id, order_id, line, seat, pool_id, ticket_type, price, full_price, tax, owed)
    SELECT $1, l.order_id, l.line, l.seat, l.pool_id, l.ticket_type, l.price, l.full_price, l.tax, l.owed
    FROM unnest($12::text[], $13::integer[], $14::integer[], $15::text[], $16::text[], $17::bigint[], $18::bigint[],
                $19::bigint[], $20::bigint[])
         AS l (order_id, line, seat, pool_id, ticket_type, price, full_price, tax, owed)
), asked AS (
    INSERT INTO payment (sale_id, sale_kind, order_id, provider, state, amount, card_last4)
    SELECT sale.id, sale.kind, p.order_id, p.provider, 'asked', p.amount - p.credit, p.last4
    FROM sale_terms AS sale,
         unnest($3::text[], $2::text[], $6::bigint[], $11::text[], $29::bigint[])
         AS p (order_id, provider, amount, last4, credit)
    WHERE sale.id = $1
)
SELECT id, placed_at, currency, terms_version FROM placed
"""
COUNT_SOLD = "SELECT pool_count_sold($1, $2, $3)"

# ── settling ──

# While an order is paying its lines are those it was placed with, so they may be read before it is locked.
LOCK_ORDERS = """
SELECT o.id, o.state, o.total - o.credit AS due, o.credit, ARRAY(
    SELECT l.line FROM order_line l WHERE l.sale_id = o.sale_id AND l.order_id = o.id AND l.live
        AND l.pool_id NOT LIKE 'product:%' IS NOT FALSE ORDER BY l.line
) AS lines
FROM orders o WHERE o.sale_id = $1 AND o.id = ANY($2) ORDER BY o.id FOR UPDATE OF o
"""
READ_LIVE_LINES = """
SELECT order_id, line, seat, pool_id, ticket_type, price, full_price, tax, owed FROM order_line
WHERE sale_id = $1 AND order_id = ANY($2) AND live ORDER BY order_id, line
"""
# Orders ($2), the provider's reference for each ($3), and a ticket for each line of them ($4 to $6). Joined to a list
# of references, all payments of the sale would be read each time while statistics are young.
MARK_PAID = """
WITH captured AS (
    UPDATE payment SET state = 'captured', reference = $3::jsonb ->> payment.order_id, answered_at = now()
    WHERE payment.sale_id = $1 AND payment.order_id = ANY($2)
), issued AS (
    INSERT INTO ticket (sale_id, order_id, line, id)
    SELECT $1, t.order_id, t.line, t.id FROM unnest($4::text[], $5::integer[], $6::text[]) AS t (order_id, line, id)
    ON CONFLICT (sale_id, order_id, line) DO NOTHING
    RETURNING id
)
UPDATE orders SET state = 'paid', paid_at = now(), settled_at = NULL, failure = NULL
FROM sale_terms AS sale WHERE sale.id = $1 AND orders.sale_id = $1 AND orders.id = ANY($2)
RETURNING orders.id, orders.buyer_id, orders.total, orders.currency, orders.paid_at, sale.organizer_id, sale.kind,
    (SELECT count(*) FROM issued) AS issued
"""
MARK_FAILED = """
UPDATE orders SET state = 'failed', failure = f.reason, settled_at = NULL
FROM unnest($2::text[], $3::text[]) AS f (id, reason) WHERE orders.sale_id = $1 AND orders.id = f.id
"""
MARK_DECLINED = """
UPDATE payment SET state = 'declined', answered_at = now() WHERE sale_id = $1 AND order_id = ANY($2)
"""
END_LINES = """
UPDATE order_line SET live = false WHERE sale_id = $1 AND order_id = ANY($2) AND live
RETURNING seat, pool_id, ticket_type
"""
# In the state ($3) that Redis was told of: another that came meanwhile has to be told, too.
# IS TRUE keeps the index of unsettled orders out of it, which is full of those that were settled a moment ago.
MARK_SETTLED = """
UPDATE orders SET settled_at = now()
WHERE orders.sale_id = ANY($1::text[]) AND orders.id = ANY($2::text[]) AND (orders.settled_at IS NULL) IS TRUE
  AND orders.state = $3 AND ($3 IN ('paid', 'refunded') OR $3 = 'refunding' AND orders.revision > 0
    OR $3 IN ('awaiting', 'failed', 'void') AND NOT EXISTS (
    SELECT FROM payment p WHERE p.sale_id = orders.sale_id AND p.order_id = orders.id AND p.state = 'captured'
  )) AND (orders.revision = 0 OR NOT EXISTS (
    SELECT FROM refund r WHERE r.sale_id = orders.sale_id AND r.order_id = orders.id AND r.state = 'due'
  ))
"""
INSERT_TOMBSTONE = """
INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
SELECT sale.id, $2, $3, $4, 'void', 0, sale.currency, $2 FROM sale_terms AS sale WHERE sale.id = $1
ON CONFLICT DO NOTHING
"""

# ── carts ──

READ_CARTS = """
SELECT c.sale_id, c.id, c.contact, c.person_id, p.ring_key, p.data_key, p.sealed, c.key_hash, c.types, c.coupon,
       c.unlocked, c.credits, (
    SELECT CASE o.state WHEN 'failed' THEN o.failure END FROM orders o
    WHERE o.buyer_id = c.buyer_id AND o.sale_id = c.sale_id AND o.cart_id = c.id ORDER BY o.placed_at DESC LIMIT 1
) AS failure, (
    SELECT m.credit_id FROM order_move m WHERE m.to_sale = c.sale_id AND m.to_cart = c.id AND m.state = 'open'
) AS moving
FROM unnest($1::text[], $2::text[]) AS a (sale_id, id)
CROSS JOIN LATERAL (SELECT * FROM cart WHERE cart.sale_id = a.sale_id AND cart.id = a.id) AS c
LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = c.person_id) AS p ON true
"""
# Its row is made when something is written into a cart, and at its end. People ($10 to $19) go into the vault with it.
# Answers what READ_CARTS would, but for people who were not there before: who wrote them knows what they are called.
CHANGE_CARTS = """
WITH filed AS MATERIALIZED (
    SELECT * FROM vault_put($10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
)
INSERT INTO cart (sale_id, id, buyer_id, opened_at, contact, key_hash, types, coupon, person_id, unlocked,
                  credits)
SELECT sale.id, a.id, a.buyer_id, coalesce(to_timestamp(nullif(a.opened_at_ms, 0) / 1000.0), now()),
       coalesce(a.contact::jsonb, '{}'), a.key_hash, a.types::jsonb, a.coupon, filed.person_id,
       ARRAY(SELECT jsonb_array_elements_text(a.unlocked::jsonb)), string_to_array(a.credits, ' ')
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::bytea[], $20::text[], $21::text[])
     AS a (sale_id, id, buyer_id, opened_at_ms, contact, key_hash, types, coupon, contact_mark, unlocked, credits)
JOIN sale_terms AS sale ON sale.id = a.sale_id LEFT JOIN filed ON filed.contact_mark = a.contact_mark
ORDER BY sale.id, a.id
ON CONFLICT (sale_id, id) DO UPDATE SET
    contact = CASE WHEN excluded.person_id IS NULL THEN coalesce(nullif(excluded.contact, '{}'), cart.contact)
        ELSE '{}' END,
    person_id = coalesce(excluded.person_id, CASE WHEN excluded.contact = '{}' THEN cart.person_id END),
    key_hash = coalesce(excluded.key_hash, cart.key_hash), types = cart.types || excluded.types,
    coupon = nullif(coalesce(excluded.coupon, cart.coupon), ''), credits = coalesce(excluded.credits, cart.credits),
    unlocked = CASE WHEN excluded.unlocked <@ cart.unlocked THEN cart.unlocked
        ELSE ARRAY(SELECT DISTINCT unnest(cart.unlocked || excluded.unlocked)) END
RETURNING id, contact, person_id, (SELECT ring_key FROM sealed_person p WHERE p.id = cart.person_id) AS ring_key,
    (SELECT data_key FROM sealed_person p WHERE p.id = cart.person_id) AS data_key,
    (SELECT sealed FROM sealed_person p WHERE p.id = cart.person_id) AS sealed, key_hash, types, coupon, unlocked,
    credits, (
        SELECT CASE o.state WHEN 'failed' THEN o.failure END FROM orders o
        WHERE o.buyer_id = cart.buyer_id AND o.sale_id = cart.sale_id AND o.cart_id = cart.id
        ORDER BY o.placed_at DESC LIMIT 1
    ) AS failure, (
        SELECT m.credit_id FROM order_move m
        WHERE m.to_sale = cart.sale_id AND m.to_cart = cart.id AND m.state = 'open'
    ) AS moving
"""
READ_ENDING = """
SELECT c.id, c.types, c.unlocked, c.contact <> '{}' OR c.person_id IS NOT NULL AS has_contact, EXISTS (
    SELECT FROM orders o WHERE o.buyer_id = c.buyer_id AND o.sale_id = c.sale_id AND o.cart_id = c.id
) AS has_order
FROM unnest($2::text[], $3::text[]) AS a (id, buyer_id)
CROSS JOIN LATERAL (SELECT * FROM cart WHERE cart.sale_id = $1 AND cart.id = a.id AND cart.buyer_id = a.buyer_id) AS c
"""
# A cart that nothing was written into has no row yet.
END_CARTS = """
INSERT INTO cart (sale_id, id, buyer_id, opened_at, ended_at, end_reason, held, total, reached)
SELECT sale.id, e.id, e.buyer_id, coalesce(e.opened_at, e.ended_at), e.ended_at, e.reason, e.held::jsonb, e.total,
       e.reached
FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::bigint[],
            $9::text[])
     AS e (id, buyer_id, reason, opened_at, ended_at, held, total, reached)
JOIN sale_terms AS sale ON sale.id = $1 ORDER BY e.id
ON CONFLICT (sale_id, id) DO UPDATE SET
    ended_at = excluded.ended_at, end_reason = excluded.end_reason, held = excluded.held, total = excluded.total,
    reached = excluded.reached, key_hash = CASE WHEN cart.key_hash LIKE 'sealed:%' THEN NULL ELSE cart.key_hash END
WHERE cart.ended_at IS NULL
"""

# ── keys ──

READ_SEALED = """
SELECT sale_id, id, cart_id, placed_at, key_hash FROM orders
WHERE key_hash LIKE 'sealed:%' AND (placed_at, id) > ($1, $2) ORDER BY placed_at, id LIMIT $3
"""
# Once it is there nobody changes it this way. $4 is sealed for the cart that was read.
CHOOSE_KEY = """
UPDATE orders SET key_hash = $4 WHERE sale_id = $1 AND id = $2 AND buyer_id = $3 AND key_hash IS NULL RETURNING true
"""
SEALED_LEFT = "SELECT EXISTS (SELECT FROM orders WHERE key_hash LIKE 'sealed:%')"
# Only what is still sealed as it was read is replaced, in the order and in its cart, from which another order may come.
# Rows that a purchase holds just now are left for the next time, so that it neither waits nor meets a deadlock.
KEEP_HASHES = """
WITH hashed AS (
    SELECT o.sale_id, o.id, o.cart_id, h.sealed, h.key_hash
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS h (sale_id, id, sealed, key_hash)
    JOIN orders o ON o.sale_id = h.sale_id AND o.id = h.id AND o.key_hash = h.sealed
    ORDER BY o.sale_id, o.id FOR UPDATE OF o SKIP LOCKED
), free_cart AS (
    SELECT c.sale_id, c.id, h.key_hash FROM hashed h
    JOIN cart c ON c.sale_id = h.sale_id AND c.id = h.cart_id AND c.key_hash = h.sealed
    ORDER BY c.sale_id, c.id FOR UPDATE OF c SKIP LOCKED
), hashed_cart AS (
    UPDATE cart SET key_hash = f.key_hash FROM free_cart f WHERE cart.sale_id = f.sale_id AND cart.id = f.id
)
UPDATE orders SET key_hash = h.key_hash FROM hashed h WHERE orders.sale_id = h.sale_id AND orders.id = h.id
"""

# ── reading orders ──

READ_ORDERS = """
SELECT o.sale_id, o.id, o.cart_id, o.buyer_id, o.state, o.total, o.currency, o.contact, o.code, o.placed_at, o.paid_at,
       o.terms_version, o.person_id, v.ring_key, v.data_key, v.sealed, o.key_hash IS NOT NULL AS has_key, o.key_changes,
       o.channel, o.issuer, o.tender, o.allocation, o.reason, o.price_list, o.revision, o.given_back,
       CASE WHEN o.revision > 0 THEN (
           SELECT jsonb_agg(to_jsonb(r) || jsonb_build_object('to_moves', (
               SELECT jsonb_agg(jsonb_build_array(m.id, c.amount - c.moved)) FROM refund_credit c
               JOIN order_move m ON m.credit_id = c.credit_id WHERE r.returned > 0 AND c.sale_id = r.sale_id
                   AND c.order_id = r.order_id AND c.nth = r.nth AND NOT c.granted AND c.amount > c.moved
           )) ORDER BY r.nth) FROM refund r WHERE r.sale_id = o.sale_id AND r.order_id = o.id
       ) END AS refunds, src.first_link, src.last_link,
       (SELECT l.name FROM named_link l WHERE l.id = src.first_link) AS first_name,
       (SELECT l.name FROM named_link l WHERE l.id = src.last_link) AS last_name,
       (SELECT jsonb_agg(jsonb_build_object('fee', f.fee, 'name', f.name, 'price', f.price, 'tax', f.tax,
                                            'owed', f.owed, 'by_line', f.by_line) ORDER BY f.position)
        FROM order_fee f WHERE f.sale_id = o.sale_id AND f.order_id = o.id) AS fees,
       (SELECT jsonb_agg(jsonb_build_object('name', c.name, 'code', c.code, 'off', c.discount) ORDER BY c.coupon_id)
        FROM order_coupon c WHERE c.sale_id = o.sale_id AND c.order_id = o.id) AS coupons, o.credit,
       (SELECT jsonb_agg(jsonb_build_object('kind', c.kind, 'code_end', c.code_end, 'amount', c.amount)
                         ORDER BY c.credit_id)
        FROM order_credit c WHERE o.credit > 0 AND c.sale_id = o.sale_id AND c.order_id = o.id) AS credits,
       coalesce(o.failure, '') AS failure, w.until AS pay_by, w.step AS pay_with,
       coalesce(p.card_last4, '') AS card_last4, p.provider
FROM unnest($1::text[], $2::text[]) AS a (sale_id, id)
CROSS JOIN LATERAL (SELECT * FROM orders WHERE orders.sale_id = a.sale_id AND orders.id = a.id) AS o
LEFT JOIN LATERAL (
    SELECT card_last4, provider FROM payment WHERE payment.sale_id = o.sale_id AND payment.order_id = o.id
) AS p ON true
LEFT JOIN LATERAL (SELECT * FROM order_awaiting w WHERE w.sale_id = o.sale_id AND w.order_id = o.id) AS w ON true
LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = o.person_id) AS v ON true
LEFT JOIN LATERAL (
    SELECT * FROM order_source s WHERE s.sale_id = o.sale_id AND s.order_id = o.id
) AS src ON true
"""
READ_ORDER_LINES = """
SELECT l.sale_id, l.order_id, l.seat, l.pool_id, l.ticket_type, l.price, l.full_price, l.tax, l.owed,
       l.live, t.id AS ticket, t.blocked
FROM unnest($1::text[], $2::text[]) AS a (sale_id, id)
CROSS JOIN LATERAL (SELECT * FROM order_line WHERE order_line.sale_id = a.sale_id AND order_line.order_id = a.id) AS l
LEFT JOIN LATERAL (
    SELECT id, blocked_at IS NOT NULL AS blocked FROM ticket
    WHERE ticket.sale_id = l.sale_id AND ticket.order_id = l.order_id AND ticket.line = l.line
) AS t ON true
ORDER BY l.sale_id, l.order_id, l.line
"""
FIND_BY_CODE = "SELECT sale_id, id, cart_id, buyer_id, key_hash, key_changes FROM orders WHERE code = $1"
FIND_BY_BUYER = "SELECT id FROM orders WHERE buyer_id = $1 AND sale_id = $2 AND state <> 'void' ORDER BY placed_at"
PAID_ORDERS_OF = """
SELECT count(*) FROM orders o JOIN sale_terms AS sale ON sale.id = o.sale_id
WHERE o.buyer_id = ANY($2) AND o.state = 'paid' AND sale.organizer_id = $1 AND sale.kind = 'event'
"""
OWNED_SALE = "SELECT 1 FROM sale_terms WHERE id = $1 AND organizer_id = $2"
OWNERS_OF = "SELECT DISTINCT order_id FROM order_line WHERE sale_id = $1 AND live AND seat = ANY($2::integer[])"

# ── letters ──

READ_CONFIRMABLE = """
SELECT o.sale_id, o.id, o.code, o.contact, o.person_id, v.ring_key, v.data_key, v.sealed,
       coalesce(o.locale, '') AS locale, sale.organizer_id
FROM unnest($1::text[], $2::text[]) AS a (sale_id, id)
CROSS JOIN LATERAL (SELECT * FROM orders WHERE orders.sale_id = a.sale_id AND orders.id = a.id) AS o
JOIN sale_terms AS sale ON sale.id = o.sale_id
LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = o.person_id) AS v ON true
WHERE o.state = 'paid' AND sale.kind <> 'rehearsal'
"""
READ_FORGOTTEN = """
SELECT o.sale_id, o.id, o.cart_id, o.code, o.key_changes, o.contact, o.person_id, v.ring_key, v.data_key, v.sealed,
       coalesce(o.locale, '') AS locale, sale.organizer_id
FROM orders o JOIN sale_terms AS sale ON sale.id = o.sale_id
LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = o.person_id) AS v ON true
WHERE o.code = $1 AND o.state IN ('paying', 'awaiting', 'paid', 'refunding', 'refunded') AND sale.kind <> 'rehearsal'
"""
# Whoever comes second finds another number.
CHANGE_KEY = """
UPDATE orders SET key_hash = $3, key_changes = key_changes + 1
WHERE sale_id = $1 AND id = $2 AND key_changes = $4 RETURNING true
"""

# ── finishing ──

READ_UNSETTLED = """
SELECT o.sale_id, o.id, o.state, o.total - o.credit AS due, o.placed_at,
       extract(epoch FROM now() - o.placed_at)::float8 AS age_s,
       o.revision, p.state = 'captured' AS captured, p.amount, p.reference, p.provider
FROM orders o LEFT JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id
WHERE o.settled_at IS NULL AND o.placed_at < now() - make_interval(secs => $1) AND (o.placed_at, o.id) > ($2, $3)
ORDER BY o.placed_at, o.id LIMIT $4
"""
READ_STATES = "SELECT id, state FROM orders WHERE sale_id = $1 AND id = ANY($2)"
READ_LINES = """
SELECT order_id, seat, pool_id, ticket_type, price, full_price, tax, owed FROM order_line
WHERE sale_id = $1 AND order_id = ANY($2) ORDER BY order_id, line
"""
# None of a rehearsal: nothing of it is audited.
ORGANIZER_OF_REAL_SALE = "SELECT organizer_id FROM sale_terms WHERE id = $1 AND kind <> 'rehearsal'"

# How long carts lasted.
CARTS_LASTED = """
SELECT count(*) AS carts, avg(least(extract(epoch FROM ended_at - opened_at), $2))::float8 AS seconds FROM cart
WHERE sale_id = ANY ($1::text[]) AND ended_at > now() - interval '1 year'
"""

# ── the end of a rehearsal: each takes the id of the shadow sale ──

IS_REHEARSAL = "SELECT kind = 'rehearsal' FROM sale_terms WHERE id = $1 FOR UPDATE"

PLAYED = "SELECT o.id FROM orders o JOIN sandbox_standing c ON c.order_id = o.id WHERE o.sale_id = $1 LIMIT $2"
# At most $2 rows of each, in an order in which nothing is left behind that needs what went.
FORGET_SALE = (
    "DELETE FROM ticket WHERE ctid IN (SELECT ctid FROM ticket WHERE sale_id = $1 LIMIT $2)",
    "DELETE FROM payment WHERE ctid IN (SELECT ctid FROM payment WHERE sale_id = $1 LIMIT $2)",
    "DELETE FROM ledger_movement WHERE ctid IN (SELECT ctid FROM ledger_movement WHERE sale_id = $1 LIMIT $2)",
    "DELETE FROM order_coupon WHERE ctid IN (SELECT ctid FROM order_coupon WHERE sale_id = $1 LIMIT $2)",
    "DELETE FROM order_credit WHERE ctid IN (SELECT ctid FROM order_credit WHERE sale_id = $1 LIMIT $2)",
    "DELETE FROM order_fee WHERE ctid IN (SELECT ctid FROM order_fee WHERE sale_id = $1 LIMIT $2)",
    "DELETE FROM order_line WHERE ctid IN (SELECT ctid FROM order_line WHERE sale_id = $1 LIMIT $2)",
    "DELETE FROM orders WHERE ctid IN (SELECT ctid FROM orders WHERE sale_id = $1 LIMIT $2)",
    "DELETE FROM cart WHERE ctid IN (SELECT ctid FROM cart WHERE sale_id = $1 LIMIT $2)",
)
COUNT_PAYING = "SELECT count(*) FROM orders WHERE sale_id = $1 AND state IN ('paying', 'refunding')"
