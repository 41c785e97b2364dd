-- contract
-- in a transaction
-- locks: nothing
--
-- Nobody is left who looks for a contact in a cart or an order: what people type goes into the vault from here on, and a
-- worker moves what was typed before.

SELECT 1;
