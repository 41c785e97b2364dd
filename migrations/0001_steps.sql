-- expand
-- in a transaction
-- locks: nothing
--
-- Where the steps are noted that a database has had. A database from before says in schema_version how far it came.

CREATE TABLE schema_step (
    number    integer PRIMARY KEY,
    name      text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('expand', 'contract')),
    checksum  text NOT NULL,
    began_at  timestamptz NOT NULL DEFAULT now(),
    took_ms   integer CHECK (took_ms >= 0)
);
COMMENT ON TABLE schema_step IS 'stores: Steps of migrations/ that this database has had, or that were cut short.';
