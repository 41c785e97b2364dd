-- schema.sql: every table of Aforo.
--
-- Read it in this order: organizer and access; catalog (venue → layout → event → ticket type); sale (sale → pool → cart);
-- orders (order → order line → payment → ticket); outbox and audit; at the end the moves that bring an older database forward.
-- Idempotent: applying it again changes nothing. It is applied inside one transaction, under an advisory lock, by
-- engine/stores/database.py, which refuses a database whose version is newer than the code.
-- Money is integer minor units; instants are timestamptz; ids are opaque text made by the engine.
-- Every table that grows with sales carries sale_id first in its key, so that it can be partitioned or distributed by sale.

CREATE TABLE IF NOT EXISTS schema_version (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version   integer NOT NULL,
    moved_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE schema_version IS 'The version this database was brought to.';

-- ── organizer and access ────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE IF NOT EXISTS organizer (
    id          text PRIMARY KEY,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE organizer IS 'Who runs events; owns everything below.';

-- An API key is shown once; only its SHA-256 is kept (the key has 256 random bits, so a slow hash would add nothing).
CREATE TABLE IF NOT EXISTS api_key (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    key_sha256    bytea NOT NULL,
    label         text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    CONSTRAINT api_key_is_unique UNIQUE (key_sha256)
);
COMMENT ON TABLE api_key IS 'Keys of organizers; only their SHA-256 is kept.';

-- Names of secrets and other small settings that all processes of one installation share.
CREATE TABLE IF NOT EXISTS installation (
    name   text PRIMARY KEY,
    value  jsonb NOT NULL
);
COMMENT ON TABLE installation IS 'Small settings that all processes of one installation share.';

-- ── catalog ─────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE IF NOT EXISTS venue (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    name          text NOT NULL,
    address       text NOT NULL DEFAULT '',
    zone          text NOT NULL,                       -- IANA time zone, e.g. Europe/Madrid
    latitude      double precision,
    longitude     double precision,
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE venue IS 'A place with a time zone.';

-- A layout never changes: a change is a new version, and a sale points at the version it sells.
CREATE TABLE IF NOT EXISTS layout (
    venue_id    text NOT NULL REFERENCES venue,
    version     integer NOT NULL CHECK (version > 0),
    name        text NOT NULL DEFAULT '',
    seats       integer NOT NULL CHECK (seats >= 0),
    shape       jsonb NOT NULL DEFAULT '{}',           -- what a map needs besides sections: stage, outline
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue_id, version)
);
COMMENT ON TABLE layout IS 'A version of a venues seats; never changes.';

-- Seats are numbered 0…n-1 in the layout; a section owns a run of numbers, row after row.
CREATE TABLE IF NOT EXISTS section (
    venue_id    text NOT NULL,
    version     integer NOT NULL,
    id          text NOT NULL,
    name        text NOT NULL,
    rank        integer NOT NULL,                      -- 0 is best; best available looks in this order
    first_seat  integer NOT NULL CHECK (first_seat >= 0),
    rows        jsonb NOT NULL,                        -- [{"label","first_seat","seats","labels"?,"x","y","accessible"?}]: a seat table in compact form
    shape       jsonb NOT NULL DEFAULT '{}',           -- outline and label position for the map
    PRIMARY KEY (venue_id, version, id),
    FOREIGN KEY (venue_id, version) REFERENCES layout
);
COMMENT ON TABLE section IS 'A run of seat numbers of a layout, row after row.';

CREATE TABLE IF NOT EXISTS event (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    venue_id      text REFERENCES venue,
    name          text NOT NULL,
    description   text NOT NULL DEFAULT '',
    kind          text NOT NULL DEFAULT 'concert',
    zone          text NOT NULL,
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz,
    picture       text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE event IS 'A concert, talk, match … that takes place once.';

CREATE TABLE IF NOT EXISTS ticket_type (
    event_id  text NOT NULL REFERENCES event,
    id        text NOT NULL,                           -- general, vip, half …
    name      text NOT NULL,
    position  integer NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, id)
);
COMMENT ON TABLE ticket_type IS 'Kinds of tickets of an event: general, half price …';

-- ── sale ────────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE IF NOT EXISTS sale (
    id              text PRIMARY KEY,
    organizer_id    text NOT NULL REFERENCES organizer,
    event_id        text REFERENCES event,             -- null for a flash promo, which sells a product
    venue_id        text,
    layout_version  integer,
    currency        char(3) NOT NULL,
    seats           integer NOT NULL DEFAULT 0 CHECK (seats >= 0),
    person_max      integer NOT NULL CHECK (person_max > 0),
    cart_ms         integer NOT NULL CHECK (cart_ms > 0),
    prices          jsonb NOT NULL,                    -- {section or pool id: {ticket type id: minor units}}
    room            jsonb,                             -- null: no waiting room; else {"shoppers_max","claim_ms","per_second_max"}
    visibility      text NOT NULL DEFAULT 'public' CHECK (visibility IN ('hidden', 'public', 'public_from')),
    public_at       timestamptz,
    lobby_at        timestamptz,
    opens_at        timestamptz NOT NULL,
    closes_at       timestamptz NOT NULL,
    opened_at       timestamptz,                       -- when it really opened: by schedule or by hand
    closed_at       timestamptz,                       -- closed early by hand
    paused          boolean NOT NULL DEFAULT false,
    draw_secret     bytea NOT NULL,                    -- shown after opening only
    draw_commit     text NOT NULL,                     -- SHA-256 of draw_secret, shown from publication
    draw_places     integer,                           -- N of the draw, once it was held
    draw_digest     text,                              -- digest of the roster at the draw
    epoch           text NOT NULL DEFAULT '',          -- generation of the Redis state; a rebuild makes a new one
    checkpoint      jsonb NOT NULL DEFAULT '{}',       -- room counters, for a rebuild: {"tail","serving","lobby","digest","gap"}
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sale_window CHECK (opens_at < closes_at),
    CONSTRAINT sale_lobby_before_opening CHECK (lobby_at IS NULL OR lobby_at <= opens_at),
    CONSTRAINT sale_public_from_has_a_date CHECK (visibility <> 'public_from' OR public_at IS NOT NULL),
    FOREIGN KEY (venue_id, layout_version) REFERENCES layout
);
COMMENT ON TABLE sale IS 'One on-sale: a window in which a finite stock is sold; the sharding unit.';
CREATE INDEX IF NOT EXISTS sale_by_event ON sale (event_id);
CREATE INDEX IF NOT EXISTS sale_by_closing ON sale (closes_at);

-- A unit of a pool also takes one unit of every pool it draws on: "early bird" draws on "floor".
CREATE TABLE IF NOT EXISTS pool (
    sale_id   text NOT NULL REFERENCES sale,
    id        text NOT NULL,
    name      text NOT NULL,
    position  integer NOT NULL DEFAULT 0,
    capacity  integer NOT NULL CHECK (capacity >= 0),
    draws_on  text[] NOT NULL DEFAULT '{}',
    sold      integer NOT NULL DEFAULT 0,              -- units in live orders, its own and those that draw on it
    PRIMARY KEY (sale_id, id),
    CONSTRAINT pool_is_never_oversold CHECK (sold BETWEEN 0 AND capacity)
);
COMMENT ON TABLE pool IS 'A counted stock of a sale.';

-- The durable side of a cart: who, when, how it ended, and what the buyer typed. What it holds lives in Redis while it is live.
CREATE TABLE IF NOT EXISTS cart (
    sale_id      text NOT NULL REFERENCES sale,
    id           text NOT NULL,
    buyer_id     text NOT NULL,
    opened_at    timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    end_reason   text CHECK (end_reason IN ('bought', 'expired', 'left', 'gone', 'closed', 'lost')),
    contact      jsonb NOT NULL DEFAULT '{}',          -- {"name","email","phone"}
    key_hash     text,                                 -- argon2id of the key the buyer chose to open the order with
    types        jsonb NOT NULL DEFAULT '{}',          -- {"seat:12": "half", "pool:floor": {"general": 2}}
    PRIMARY KEY (sale_id, id)
);
COMMENT ON TABLE cart IS 'The durable side of a buyers shopping session.';
CREATE INDEX IF NOT EXISTS cart_by_buyer ON cart (sale_id, buyer_id);

-- ── orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────

-- paying → paid | failed | void. void is the finisher's tombstone: the order id can never be placed after it.
-- paid → refunding → refunded.
CREATE TABLE IF NOT EXISTS orders (
    sale_id       text NOT NULL REFERENCES sale,
    id            text NOT NULL,
    cart_id       text NOT NULL,
    buyer_id      text NOT NULL,
    state         text NOT NULL CHECK (state IN ('paying', 'paid', 'failed', 'void', 'refunding', 'refunded')),
    total         bigint NOT NULL CHECK (total >= 0),
    currency      char(3) NOT NULL,
    contact       jsonb NOT NULL DEFAULT '{}',
    key_hash      text,
    code          text NOT NULL,                       -- purchase code, told to the buyer
    placed_at     timestamptz NOT NULL DEFAULT now(),
    paid_at       timestamptz,
    settled_at    timestamptz,                         -- Redis has been told how it ended
    failure       text,                                -- decline code, when failed
    PRIMARY KEY (sale_id, id)
);
COMMENT ON TABLE orders IS 'What was bought; Postgres is the golden source.';
CREATE UNIQUE INDEX IF NOT EXISTS order_code_is_unique ON orders (code);
-- What the finisher looks at: small however many orders there are.
CREATE INDEX IF NOT EXISTS order_unsettled ON orders (placed_at) WHERE settled_at IS NULL;
CREATE INDEX IF NOT EXISTS order_by_buyer ON orders (sale_id, buyer_id);

CREATE TABLE IF NOT EXISTS order_line (
    sale_id      text NOT NULL,
    order_id     text NOT NULL,
    line         integer NOT NULL,
    seat         integer,                              -- a seat, or …
    pool_id      text,                                 -- … one unit of a pool
    ticket_type  text NOT NULL,
    price        bigint NOT NULL CHECK (price >= 0),
    live         boolean NOT NULL DEFAULT true,        -- false once the order failed or was refunded
    PRIMARY KEY (sale_id, order_id, line),
    CONSTRAINT order_line_is_seat_or_unit CHECK ((seat IS NULL) <> (pool_id IS NULL))
);
COMMENT ON TABLE order_line IS 'One seat or one unit of an order.';
-- The last guard: one live order line per seat, whatever Redis and every process believe.
CREATE UNIQUE INDEX IF NOT EXISTS seat_is_sold_once ON order_line (sale_id, seat) WHERE live AND seat IS NOT NULL;

CREATE TABLE IF NOT EXISTS payment (
    sale_id      text NOT NULL,
    order_id     text NOT NULL,
    provider     text NOT NULL,
    reference    text NOT NULL DEFAULT '',             -- the provider's own id
    state        text NOT NULL CHECK (state IN ('asked', 'captured', 'declined', 'refund_due', 'refunded')),
    amount       bigint NOT NULL,
    card_last4   text NOT NULL DEFAULT '',
    asked_at     timestamptz NOT NULL DEFAULT now(),
    answered_at  timestamptz,
    PRIMARY KEY (sale_id, order_id),                   -- an order is paid once
    CONSTRAINT payment_has_order FOREIGN KEY (sale_id, order_id) REFERENCES orders
);
COMMENT ON TABLE payment IS 'What was asked of the payment provider for an order.';

-- The sandbox provider's own ledger: it stands for a system outside Aforo, and is read only through its port.
CREATE TABLE IF NOT EXISTS sandbox_charge (
    order_id      text PRIMARY KEY,                    -- the idempotency key
    amount        bigint NOT NULL,
    currency      char(3) NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('captured', 'declined', 'refunded')),
    decline       text,
    visible_at    timestamptz NOT NULL DEFAULT now(),  -- before this instant a lookup answers "unknown"
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sandbox_charge IS 'The sandbox payment providers own ledger.';

CREATE TABLE IF NOT EXISTS ticket (
    sale_id     text NOT NULL,
    order_id    text NOT NULL,
    line        integer NOT NULL,
    id          text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sale_id, order_id, line),             -- one ticket per order line, however often the order is completed
    CONSTRAINT ticket_has_line FOREIGN KEY (sale_id, order_id, line) REFERENCES order_line
);
COMMENT ON TABLE ticket IS 'What opens the gate; one per order line.';
CREATE UNIQUE INDEX IF NOT EXISTS ticket_id_is_unique ON ticket (id);

-- ── outbox and audit ────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE IF NOT EXISTS outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic       text NOT NULL,
    once_key    text NOT NULL,                         -- what must not be told twice
    body        jsonb NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    sent_at     timestamptz,
    CONSTRAINT outbox_tells_once UNIQUE (topic, once_key)
);
COMMENT ON TABLE outbox IS 'What others must be told, once.';
CREATE INDEX IF NOT EXISTS outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

CREATE TABLE IF NOT EXISTS audit (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organizer_id  text,
    actor         text NOT NULL,                       -- api key id, "worker", "cli"
    act           text NOT NULL,
    subject       text NOT NULL,
    detail        jsonb NOT NULL DEFAULT '{}',
    at            timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE audit IS 'Who changed what.';

-- Answers of POSTs that carried an Idempotency-Key, so that a repeat gets the same answer.
CREATE TABLE IF NOT EXISTS http_answer (
    actor       text NOT NULL,
    key         text NOT NULL,
    request     bytea NOT NULL,                        -- SHA-256 of method, path and body
    status      integer,                               -- null while the first one runs
    body        bytea,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);
COMMENT ON TABLE http_answer IS 'Answers kept for repeats with the same Idempotency-Key.';

-- ── moves: what brings an older database forward ────────────────────────────────────────────────────────────────────
-- Each move is idempotent and names the version it leads to. Never edit a released move; add the next one.

INSERT INTO schema_version (version) VALUES (1) ON CONFLICT (only_row) DO NOTHING;
