-- expand
-- in a transaction
-- locks: organizer, orders (share row exclusive)
--
-- All that an event sold is given back by a job, order by order.

CREATE TABLE cancellation (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    event_id       text NOT NULL,
    sales          text[] NOT NULL,
    places         text[] NOT NULL DEFAULT '{}',
    fees           boolean NOT NULL,
    reason         text NOT NULL DEFAULT '',
    state          text NOT NULL DEFAULT 'running',
    asked_kind     text NOT NULL,
    asked_by       text NOT NULL,
    asked_at       timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    CONSTRAINT cancellation_state_is_known CHECK (state IN ('running', 'paused', 'done')),
    CONSTRAINT cancellation_ends_once_done CHECK ((state = 'done') = (ended_at IS NOT NULL))
);
COMMENT ON TABLE cancellation IS 'orders: Giving back all that an event sold, or some of it.';
CREATE INDEX cancellation_running ON cancellation (asked_at) WHERE state = 'running';
CREATE INDEX cancellation_by_event ON cancellation (organizer_id, event_id);

CREATE TABLE cancellation_order (
    cancellation_id  text NOT NULL REFERENCES cancellation,
    sale_id          text NOT NULL,
    order_id         text NOT NULL,
    state            text NOT NULL DEFAULT 'waiting',
    refund           smallint,
    failure          text,
    PRIMARY KEY (cancellation_id, sale_id, order_id),
    CONSTRAINT cancelled_order_is_there FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT cancelled_order_state_is_known CHECK (state IN ('waiting', 'done', 'refused')),
    CONSTRAINT cancelled_order_is_refused_for_a_reason CHECK ((state = 'refused') = (failure IS NOT NULL))
);
COMMENT ON TABLE cancellation_order IS 'orders: Orders that a cancellation gives back, and which it has.';
CREATE INDEX cancellation_waits ON cancellation_order (cancellation_id, sale_id, order_id) WHERE state = 'waiting';

ALTER TABLE cancellation ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON cancellation TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
