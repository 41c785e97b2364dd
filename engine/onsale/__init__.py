"""On sale: rooms, carts and holds of one sale, in Redis, rebuildable from Postgres and from signed places."""
