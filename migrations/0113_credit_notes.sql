-- expand
-- in a transaction
-- locks: receipt (access exclusive)
-- locks: organizer (share row exclusive)
--
-- Credit notes, numbered among the receipts of their organizer: they take back some of what a receipt says.

ALTER TABLE receipt ADD COLUMN kind text NOT NULL DEFAULT 'receipt';
ALTER TABLE receipt ADD CONSTRAINT receipt_kind_is_known CHECK (kind IN ('receipt', 'credit_note')) NOT VALID;

CREATE TABLE credit_note_due (
    sale_id       text NOT NULL,
    order_id      text NOT NULL,
    movement      smallint NOT NULL,
    organizer_id  text NOT NULL REFERENCES organizer,
    queued_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sale_id, order_id, movement)
);
COMMENT ON TABLE credit_note_due IS 'receipts: Refunds that wait for the number of their credit note, which follows that of the receipt.';

ALTER TABLE credit_note_due ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON credit_note_due TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
