-- expand
-- in a transaction
-- locks: sale, outbox (share row exclusive)
-- locks: profile, profile_order (access exclusive)
--
-- What is told gets partitions by day, and consumers with cursors. The release before goes on writing into `outbox`, from
-- where a trigger tells it here. Orders are counted by profile whether the profile is there yet or not.

-- Ids are given out one by one: a block kept by a connection would be used by later transactions.
CREATE SEQUENCE outbox_told_id CACHE 1;

-- Read in the order of ids, up to an id that no running transaction can still go below. So whoever takes an id must have
-- a transaction id before, which the default sees to.
CREATE TABLE outbox_told (
    id            bigint NOT NULL DEFAULT nextval(
        CASE WHEN pg_current_xact_id() IS NOT NULL THEN 'outbox_told_id'::regclass END),
    day           date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    topic         text NOT NULL,
    version       smallint NOT NULL,                   -- of the topic's body
    subject       text NOT NULL,                       -- what it is about; heard in the order it was told
    organizer_id  text NOT NULL,
    body          jsonb NOT NULL,
    sale_id       text GENERATED ALWAYS AS (body ->> 'sale') STORED, -- the sale it tells of, if any
    sale_kind     text,                                -- that sale's
    told_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, day),
    CONSTRAINT outbox_has_kind_of_sale FOREIGN KEY (sale_id, sale_kind) REFERENCES sale (id, kind) MATCH FULL,
    CONSTRAINT outbox_tells_nothing_of_a_rehearsal CHECK (sale_kind <> 'rehearsal')
) PARTITION BY RANGE (day);
COMMENT ON TABLE outbox_told IS 'outbox: What others must be told; a partition per day.';
CREATE TABLE outbox_told_default PARTITION OF outbox_told DEFAULT;
COMMENT ON TABLE outbox_told_default IS 'outbox: Rows of a day whose partition was not made in time.';

CREATE TABLE outbox_once (
    topic     text NOT NULL,
    once_key  text NOT NULL,
    told_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_is_told_once PRIMARY KEY (topic, once_key)
);
COMMENT ON TABLE outbox_once IS 'outbox: What must not be told twice.';
CREATE INDEX outbox_once_by_age ON outbox_once USING brin (told_at);

CREATE TABLE outbox_cursor (
    consumer     text PRIMARY KEY,
    id_after     bigint NOT NULL,                      -- passed: everything up to here was handed over
    id_safe      bigint NOT NULL,                      -- up to here nothing can come any more
    id_pending   bigint,                               -- up to here nothing can come any more once …
    xid_pending  xid8,                                 -- … every transaction before this one has ended
    started_at   timestamptz NOT NULL DEFAULT now(),
    moved_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_cursor_is_safe CHECK (id_after <= id_safe),
    CONSTRAINT outbox_cursor_pending_is_whole CHECK ((id_pending IS NULL) = (xid_pending IS NULL))
);
COMMENT ON TABLE outbox_cursor IS 'outbox: How far each consumer has read.';

CREATE TABLE outbox_work (
    consumer      text NOT NULL,
    id            bigint NOT NULL,                     -- of what was told
    topic         text NOT NULL,
    version       smallint NOT NULL,
    subject       text NOT NULL,
    organizer_id  text NOT NULL,
    body          jsonb NOT NULL,
    told_at       timestamptz NOT NULL,
    tries         smallint NOT NULL DEFAULT 0,
    fault         text NOT NULL DEFAULT '',            -- the kind of the last one
    due_at        timestamptz NOT NULL DEFAULT now(),
    parked_at     timestamptz,                         -- failed too often: it and what follows of its subject wait for somebody
    CONSTRAINT outbox_work_is_put_once PRIMARY KEY (consumer, id)
);
COMMENT ON TABLE outbox_work IS 'outbox: What consumers have heard and not done yet.';
CREATE INDEX outbox_work_by_subject ON outbox_work (consumer, subject, id);

CREATE FUNCTION outbox_tell_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH fresh AS (
        INSERT INTO outbox_once (topic, once_key, told_at) VALUES (NEW.topic, NEW.once_key, NEW.created_at)
        ON CONFLICT (topic, once_key) DO NOTHING RETURNING once_key
    )
    INSERT INTO outbox_told (topic, version, subject, organizer_id, body, sale_kind, told_at)
    SELECT NEW.topic, 1, NEW.once_key, s.organizer_id,
        CASE NEW.topic
            WHEN 'order.paid' THEN NEW.body || jsonb_build_object('buyer', o.buyer_id, 'total', o.total,
                'currency', o.currency, 'paid_at', coalesce(o.paid_at, NEW.created_at))
            ELSE NEW.body || jsonb_build_object('amount', coalesce(p.amount, o.total), 'currency', o.currency)
        END, s.kind, NEW.created_at
    FROM fresh JOIN sale s ON s.id = NEW.body ->> 'sale' AND s.kind <> 'rehearsal'
    JOIN orders o ON o.sale_id = s.id AND o.id = NEW.body ->> 'order'
    LEFT JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id
    WHERE NEW.topic IN ('order.paid', 'order.refunding');
    NEW.sent_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER outbox_is_told_on BEFORE INSERT OR UPDATE OF sent_at ON outbox
    FOR EACH ROW EXECUTE FUNCTION outbox_tell_on();

-- Profiles that are there have their orders; what an older release counts into one from now on, it counts at once.
ALTER TABLE profile ADD COLUMN orders_known boolean NOT NULL DEFAULT true;
ALTER TABLE profile ALTER COLUMN orders_known SET DEFAULT false;
ALTER TABLE profile_order
    ADD COLUMN buyer_id text,
    ADD COLUMN paid_at timestamptz,
    ADD COLUMN counted boolean NOT NULL DEFAULT true;
COMMENT ON TABLE profile_order IS 'promos: Paid orders, and whether a profile has counted them.';
