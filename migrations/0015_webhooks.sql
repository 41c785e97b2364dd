-- expand
-- in a transaction
-- locks: organizer (share row exclusive)
--
-- Addresses of organizers that are told of topics, and what they are told.

CREATE TABLE webhook (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    url            text NOT NULL,
    label          text NOT NULL DEFAULT '',
    topics         text[] NOT NULL,
    secret         text NOT NULL,                      -- sealed with the installation secret
    sequence       bigint NOT NULL DEFAULT 0,          -- of its newest delivery
    paused_at      timestamptz,
    paused_why     text CHECK (paused_why IN ('by_hand', 'failing', 'gone', 'unreadable')),
    failing_since  timestamptz,                        -- null: its newest answer was a yes, or there was none
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_is_paused_for_a_reason CHECK ((paused_at IS NULL) = (paused_why IS NULL))
);
COMMENT ON TABLE webhook IS 'webhooks: Addresses of organizers that are told of topics.';
CREATE INDEX webhook_by_organizer ON webhook (organizer_id, id);

CREATE TABLE webhook_delivery (
    webhook_id  text NOT NULL REFERENCES webhook ON DELETE CASCADE,
    sequence    bigint NOT NULL,                       -- a gap tells the organizer that something is missing
    id          text NOT NULL,                         -- the same in every try
    topic       text NOT NULL,
    version     smallint NOT NULL,
    subject     text NOT NULL,
    data        jsonb NOT NULL,
    told_at     timestamptz NOT NULL,
    state       text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sent', 'failed')),
    tries       smallint NOT NULL DEFAULT 0,
    forgiven    smallint NOT NULL DEFAULT 0,           -- tries before it was replayed, or its webhook resumed
    due_at      timestamptz NOT NULL DEFAULT now(),
    created_at  timestamptz NOT NULL DEFAULT now(),
    done_at     timestamptz,
    PRIMARY KEY (webhook_id, sequence),
    CONSTRAINT webhook_delivery_id_is_unique UNIQUE (id)
);
COMMENT ON TABLE webhook_delivery IS 'webhooks: What a webhook is told, each once under one id.';
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, due_at) WHERE state = 'due';
CREATE INDEX webhook_delivery_in_order ON webhook_delivery (webhook_id, subject, sequence) WHERE state = 'due';
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (created_at);

CREATE TABLE webhook_try (
    webhook_id  text NOT NULL,
    sequence    bigint NOT NULL,
    number      smallint NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    took_ms     integer NOT NULL CHECK (took_ms >= 0),
    status      smallint,                              -- of the answer; null: there was none
    fault       text NOT NULL DEFAULT '',              -- why there was none
    answer      text NOT NULL DEFAULT '',              -- how it began
    PRIMARY KEY (webhook_id, sequence, number),
    CONSTRAINT webhook_try_has_delivery FOREIGN KEY (webhook_id, sequence) REFERENCES webhook_delivery ON DELETE CASCADE
);
COMMENT ON TABLE webhook_try IS 'webhooks: What each try of a delivery was answered.';
