-- contract
-- in a transaction
-- locks: sale, payment, outbox, suppression, profile (access exclusive)
-- locks: organizer (share row exclusive)
-- locks: cart, orders (share)
-- locks: promo_window (row exclusive)
-- rewrites: outbox
--
-- What a sale is becomes a column, what it asks for a place another. An address counts once somebody vouches for it.

ALTER TABLE sale
    ADD COLUMN entry text NOT NULL DEFAULT 'open' CHECK (entry IN ('open', 'challenge', 'contact', 'code')),
    ADD COLUMN entry_codes text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT sale_codes_go_with_the_rule CHECK ((entry = 'code') = (cardinality(entry_codes) > 0));
-- What a sale is was told by how its id began.
ALTER TABLE sale ADD COLUMN kind text NOT NULL DEFAULT 'event';
UPDATE sale SET kind = CASE WHEN rehearsal_of IS NULL THEN 'promo' ELSE 'rehearsal' END
    WHERE rehearsal_of IS NOT NULL OR event_id IS NULL;
ALTER TABLE sale
    ALTER COLUMN kind DROP DEFAULT,
    DROP CONSTRAINT sale_is_real_or_rehearsal,
    ADD CONSTRAINT sale_kind_is_known CHECK (kind IN ('event', 'promo', 'rehearsal')),
    ADD CONSTRAINT sale_rehearsal_has_an_original CHECK ((kind = 'rehearsal') = (rehearsal_of IS NOT NULL)),
    ADD CONSTRAINT sale_promo_has_no_event CHECK (kind <> 'promo' OR event_id IS NULL),
    ADD CONSTRAINT sale_has_one_kind UNIQUE (id, kind);
ALTER TABLE payment DROP CONSTRAINT payment_of_a_rehearsal_is_play,
    ADD COLUMN sale_kind text NOT NULL DEFAULT 'event';
UPDATE payment SET sale_kind = sale.kind FROM sale WHERE sale.id = payment.sale_id AND sale.kind <> 'event';
ALTER TABLE payment
    ALTER COLUMN sale_kind DROP DEFAULT,
    ADD CONSTRAINT payment_has_kind_of_sale FOREIGN KEY (sale_id, sale_kind) REFERENCES sale (id, kind),
    ADD CONSTRAINT payment_of_a_rehearsal_is_play CHECK (provider = 'sandbox' OR sale_kind <> 'rehearsal');
ALTER TABLE outbox DROP CONSTRAINT outbox_tells_nothing_of_a_rehearsal,
    ADD COLUMN sale_id text GENERATED ALWAYS AS (body ->> 'sale') STORED,
    ADD COLUMN sale_kind text;
UPDATE outbox SET sale_kind = sale.kind FROM sale WHERE sale.id = outbox.sale_id;
ALTER TABLE outbox
    ADD CONSTRAINT outbox_has_kind_of_sale FOREIGN KEY (sale_id, sale_kind) REFERENCES sale (id, kind) MATCH FULL,
    ADD CONSTRAINT outbox_tells_nothing_of_a_rehearsal CHECK (sale_kind <> 'rehearsal');
-- The ids of coming windows could be guessed.
UPDATE promo_window w SET sale_id = replace(gen_random_uuid()::text, '-', '')
    WHERE prepared_at IS NULL AND NOT EXISTS (SELECT FROM sale WHERE sale.id = w.sale_id);
ALTER TABLE suppression
    ADD COLUMN organizer_id text REFERENCES organizer,
    DROP CONSTRAINT suppression_pkey,
    ADD CONSTRAINT suppression_is_noted_once UNIQUE NULLS NOT DISTINCT (channel, address, organizer_id);
-- Operators answer for the people they imported. Who typed an address themselves has to show that it is theirs.
ALTER TABLE profile
    ADD COLUMN email_vouched_by text CHECK (email_vouched_by IN ('owner', 'import')),
    ADD COLUMN phone_vouched_by text CHECK (phone_vouched_by IN ('owner', 'import'));
UPDATE profile SET email = lower(email), email_vouched_by = CASE WHEN email IS NOT NULL THEN 'import' END,
    phone_vouched_by = CASE WHEN phone IS NOT NULL THEN 'import' END
WHERE reference IS NOT NULL;
ALTER TABLE profile ADD CONSTRAINT profile_vouches_for_an_address CHECK (
    (email IS NOT NULL OR email_vouched_by IS NULL) AND (phone IS NOT NULL OR phone_vouched_by IS NULL));
UPDATE suppression SET address = lower(address) WHERE address <> lower(address)
    AND NOT EXISTS (SELECT FROM suppression s WHERE s.channel = suppression.channel AND s.address = lower(suppression.address));

CREATE TABLE contact_proof (
    id            text PRIMARY KEY,
    purpose       text NOT NULL CHECK (purpose IN ('offers', 'entry')),
    channel       text NOT NULL CHECK (channel IN ('email', 'sms')),
    inbox_hash    bytea NOT NULL,
    address       text,
    buyer_id      text NOT NULL,
    network_hash  bytea NOT NULL,
    locale        text NOT NULL,
    asked_at      timestamptz NOT NULL DEFAULT now(),
    code_until    timestamptz NOT NULL,
    link_until    timestamptz NOT NULL,
    tries         smallint NOT NULL DEFAULT 0,
    ended_at      timestamptz,
    confirmed_at  timestamptz,
    letter        text NOT NULL DEFAULT 'due' CHECK (letter IN ('due', 'sent', 'failed', 'withheld')),
    letter_tries  smallint NOT NULL DEFAULT 0,
    letter_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT contact_proof_tries_are_few CHECK (tries BETWEEN 0 AND 5),
    CONSTRAINT contact_proof_ends_in_one_way CHECK (confirmed_at IS NULL OR ended_at IS NULL),
    CONSTRAINT contact_proof_forgets_the_address CHECK ((letter = 'due') = (address IS NOT NULL))
);
CREATE UNIQUE INDEX contact_proof_is_open_once ON contact_proof (purpose, channel, inbox_hash, buyer_id)
    WHERE confirmed_at IS NULL AND ended_at IS NULL AND letter <> 'withheld';
CREATE INDEX contact_proof_by_inbox ON contact_proof (inbox_hash, asked_at);
CREATE INDEX contact_proof_by_buyer ON contact_proof (buyer_id, asked_at);
CREATE INDEX contact_proof_by_network ON contact_proof (network_hash, asked_at);
CREATE INDEX contact_proof_letters ON contact_proof (letter_at) WHERE letter = 'due';

CREATE TABLE sale_contact (
    sale_id     text NOT NULL REFERENCES sale,
    inbox_hash  bytea NOT NULL,
    buyer_id    text NOT NULL,
    used_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sale_id, inbox_hash)
);

CREATE TABLE notice_inbox (
    day         date NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('email', 'sms')),
    inbox_hash  bytea NOT NULL,
    number      integer NOT NULL,
    CONSTRAINT notice_inbox_is_told_once_a_day PRIMARY KEY (day, channel, inbox_hash)
);

CREATE TABLE sms_spent (
    organizer_id  text NOT NULL REFERENCES organizer,
    day           date NOT NULL,
    messages      integer NOT NULL DEFAULT 0 CHECK (messages >= 0),
    PRIMARY KEY (organizer_id, day)
);

-- Databases of version 3 may have the first three already.
CREATE INDEX IF NOT EXISTS sale_not_away ON sale (closes_at) WHERE epoch <> '-';
CREATE INDEX IF NOT EXISTS cart_key_sealed ON cart (opened_at) WHERE key_hash LIKE 'sealed:%';
CREATE INDEX IF NOT EXISTS order_key_sealed ON orders (placed_at, id) WHERE key_hash LIKE 'sealed:%';
CREATE INDEX order_by_placing ON orders (sale_id, placed_at, id) WHERE total >= 0;
