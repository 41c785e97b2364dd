"""Two releases on one Postgres and one Valkey: the one before, as it was released, and the tree under test."""
