-- expand
-- in a transaction
-- locks: cart (access exclusive)
--
-- What a cart held when it ended, what that cost, and how far its buyer came.

ALTER TABLE cart ADD COLUMN held jsonb, ADD COLUMN total bigint, ADD COLUMN reached text;
ALTER TABLE cart
    ADD CONSTRAINT cart_total_is_of_what_it_held CHECK ((held IS NULL) = (total IS NULL) AND total >= 0) NOT VALID;
ALTER TABLE cart
    ADD CONSTRAINT cart_reached_is_known CHECK (reached IN ('entered', 'held', 'contact', 'payment', 'bought')) NOT VALID;
