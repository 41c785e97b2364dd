-- expand
-- in a transaction
-- locks: sale, cart_answers (access exclusive)
-- locks: orders (share row exclusive)
--
-- Whom a receipt is made out to, where its buyer wants a company named: sealed, beside their cart and their order.

ALTER TABLE sale ADD COLUMN tax_identity boolean NOT NULL DEFAULT false;
ALTER TABLE cart_answers ADD COLUMN tax_identity bytea;

CREATE TABLE order_tax_identity (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    person_id  text,                                   -- who bought, in the vault: under their key it is sealed …
    identity   bytea,                                  -- … and both are null once they were erased
    PRIMARY KEY (sale_id, order_id),
    CONSTRAINT tax_identity_is_of_a_person CHECK ((person_id IS NULL) = (identity IS NULL)),
    CONSTRAINT tax_identity_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders ON DELETE CASCADE
);
COMMENT ON TABLE order_tax_identity IS 'orders: Whom the receipt of an order is made out to, sealed.';
CREATE TRIGGER tax_identity_changes_person AFTER UPDATE OF person_id ON order_tax_identity FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL AND OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER tax_identity_leaves_person AFTER DELETE ON order_tax_identity FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL) EXECUTE FUNCTION vault_lets_go();
