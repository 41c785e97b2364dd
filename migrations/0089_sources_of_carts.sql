-- expand
-- in a transaction
-- locks: cart, tracked_link (share row exclusive)
--
-- By which links those came who filled in a cart, whether they bought or not.

CREATE TABLE cart_source (
    sale_id     text NOT NULL,
    cart_id     text NOT NULL,
    first_link  text NOT NULL REFERENCES tracked_link,
    last_link   text NOT NULL REFERENCES tracked_link,
    PRIMARY KEY (sale_id, cart_id),
    CONSTRAINT source_has_a_cart FOREIGN KEY (sale_id, cart_id) REFERENCES cart ON DELETE CASCADE
);
COMMENT ON TABLE cart_source IS 'orders: By which links the buyer of a cart came first and last.';
CREATE INDEX cart_source_by_first ON cart_source (first_link);
CREATE INDEX cart_source_by_last ON cart_source (last_link);
