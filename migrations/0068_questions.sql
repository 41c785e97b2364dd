-- expand
-- in a transaction
-- locks: sale (access exclusive)
-- locks: cart, orders (share row exclusive)
--
-- What the buyers of a sale are asked, and what they answered: sealed, beside their carts and orders.

ALTER TABLE sale ADD COLUMN questions jsonb NOT NULL DEFAULT '[]';

CREATE TABLE cart_answers (
    sale_id    text NOT NULL,
    cart_id    text NOT NULL,
    person_id  text NOT NULL,
    answers    bytea NOT NULL,
    PRIMARY KEY (sale_id, cart_id),
    CONSTRAINT cart_answers_have_a_cart FOREIGN KEY (sale_id, cart_id) REFERENCES cart ON DELETE CASCADE
);
COMMENT ON TABLE cart_answers IS 'orders: What the buyer of a cart answered, sealed.';
CREATE TRIGGER cart_answers_change_person AFTER UPDATE OF person_id ON cart_answers FOR EACH ROW
    WHEN (OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER cart_answers_leave_person AFTER DELETE ON cart_answers FOR EACH ROW EXECUTE FUNCTION vault_lets_go();

CREATE TABLE order_answers (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    person_id  text NOT NULL,
    answers    bytea NOT NULL,
    PRIMARY KEY (sale_id, order_id),
    CONSTRAINT order_answers_have_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders ON DELETE CASCADE
);
COMMENT ON TABLE order_answers IS 'orders: What was answered with an order, sealed.';
CREATE TRIGGER order_answers_leave_person AFTER DELETE ON order_answers FOR EACH ROW EXECUTE FUNCTION vault_lets_go();
