-- expand
-- in a transaction
-- locks: organizer (share row exclusive)
-- locks: sale (share row exclusive)
-- locks: orders (share row exclusive)
--
-- Coupons: rules by which prices are less, the codes that are their faces, and what of them is used.

CREATE TABLE coupon (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    sale_id       text REFERENCES sale,
    key           text NOT NULL,
    name          text NOT NULL,
    rule          jsonb NOT NULL,
    revision      integer NOT NULL DEFAULT 1,
    automatic     boolean NOT NULL,
    uses_max      integer CHECK (uses_max > 0),
    tickets_max   integer CHECK (tickets_max > 0),
    money_max     bigint CHECK (money_max > 0),
    uses          integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    tickets       integer NOT NULL DEFAULT 0 CHECK (tickets >= 0),
    money         bigint NOT NULL DEFAULT 0 CHECK (money >= 0),
    made_at       timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    CONSTRAINT coupon_is_used_no_more_often CHECK (uses <= uses_max),
    CONSTRAINT coupon_is_of_no_more_tickets CHECK (tickets <= tickets_max),
    CONSTRAINT coupon_gives_no_more_away CHECK (money <= money_max)
);
COMMENT ON TABLE coupon IS 'coupons: Rules by which prices are less, and how much of each is used.';
CREATE VIEW coupon_terms WITH (security_invoker = true) AS
SELECT id, organizer_id, sale_id, name, (rule ->> 'person_max')::integer AS person_max, uses, tickets, money FROM coupon;
COMMENT ON VIEW coupon_terms IS 'coupons: What a coupon is called, and how much of it is used, for those who use it.';
CREATE UNIQUE INDEX coupon_has_its_own_key ON coupon (organizer_id, sale_id, key) NULLS NOT DISTINCT
    WHERE ended_at IS NULL;
CREATE TABLE coupon_batch (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    coupon_id     text NOT NULL REFERENCES coupon,
    partner       text NOT NULL,
    codes         integer NOT NULL CHECK (codes > 0),
    made_at       timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz
);
COMMENT ON TABLE coupon_batch IS 'coupons: Codes of a coupon that were made at once, each for one use, and for whom.';
CREATE INDEX coupon_batch_by_coupon ON coupon_batch (coupon_id);
CREATE TABLE coupon_code (
    organizer_id  text NOT NULL,
    sale_id       text,
    code          text NOT NULL CHECK (code ~ '^[A-Z0-9]{3,32}$'),
    coupon_id     text NOT NULL REFERENCES coupon,
    batch_id      text REFERENCES coupon_batch,
    uses_max      integer CHECK (uses_max > 0),
    uses          integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    revoked_at    timestamptz,
    PRIMARY KEY (coupon_id, code),
    CONSTRAINT code_is_used_no_more_often CHECK (uses <= uses_max)
);
COMMENT ON TABLE coupon_code IS 'coupons: The codes that buyers type.';
CREATE UNIQUE INDEX code_means_one_coupon ON coupon_code (organizer_id, code, sale_id) NULLS NOT DISTINCT
    WHERE revoked_at IS NULL;
CREATE INDEX coupon_code_by_code ON coupon_code (organizer_id, code);
CREATE INDEX coupon_code_by_batch ON coupon_code (batch_id) WHERE batch_id IS NOT NULL;
CREATE VIEW coupon_code_used WITH (security_invoker = true) AS
SELECT k.coupon_id, k.code, k.batch_id, b.partner, k.uses FROM coupon_code k LEFT JOIN coupon_batch b ON b.id = k.batch_id;
COMMENT ON VIEW coupon_code_used IS 'coupons: How often each code is used, for those who use it.';
CREATE TABLE coupon_person (
    coupon_id  text NOT NULL REFERENCES coupon,
    person     text NOT NULL,
    uses       integer NOT NULL CHECK (uses >= 0),
    uses_max   integer NOT NULL,
    PRIMARY KEY (coupon_id, person),
    CONSTRAINT person_uses_it_no_more_often CHECK (uses <= uses_max)
);
COMMENT ON TABLE coupon_person IS 'coupons: How often somebody used a coupon that counts persons.';
CREATE INDEX coupon_person_by_person ON coupon_person (person);
CREATE VIEW coupon_person_used WITH (security_invoker = true) AS SELECT coupon_id, person, uses FROM coupon_person;
COMMENT ON VIEW coupon_person_used IS 'coupons: How often somebody used a coupon, for those who use it.';
CREATE TABLE order_coupon (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    coupon_id  text NOT NULL REFERENCES coupon,
    name       text NOT NULL,
    code       text,
    person     text,
    tickets    integer NOT NULL CHECK (tickets > 0),
    discount   bigint NOT NULL CHECK (discount > 0),
    live       boolean NOT NULL DEFAULT true,
    PRIMARY KEY (sale_id, order_id, coupon_id),
    CONSTRAINT coupon_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders
);
COMMENT ON TABLE order_coupon IS 'orders: What coupons took off an order.';
CREATE INDEX order_coupon_by_coupon ON order_coupon (coupon_id);
CREATE INDEX order_coupon_by_person ON order_coupon (person) WHERE person IS NOT NULL;

GRANT SELECT, INSERT ON coupon, coupon_batch, coupon_code TO aforo_office;
GRANT UPDATE (name, rule, revision, uses_max, tickets_max, money_max, ended_at) ON coupon TO aforo_office;
GRANT UPDATE (revoked_at) ON coupon_batch, coupon_code TO aforo_office;
ALTER TABLE coupon ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON coupon TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE coupon_batch ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON coupon_batch TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE coupon_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON coupon_code TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
