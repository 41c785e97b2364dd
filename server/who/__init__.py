"""Who is asking: addresses, tokens, cookies, keys, and the `Caller` that handlers are given."""
