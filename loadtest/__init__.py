"""Load: what a crowd does, the clients that play it, the audit that follows a run, and the benchmark."""
