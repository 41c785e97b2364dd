-- contract
-- in a transaction
-- locks: sale, sale_run (access exclusive)
--
-- Nobody is left who notes a run in the row of its sale.

DROP TRIGGER sale_run_follows_sale ON sale;
DROP FUNCTION sale_run_follows_sale;
DROP TRIGGER sale_follows_run ON sale_run;
DROP FUNCTION sale_follows_run;
ALTER TABLE sale
    DROP COLUMN epoch, DROP COLUMN checkpoint, DROP COLUMN draw_places, DROP COLUMN draw_digest, DROP COLUMN key_layout;
