"""The live side: WebSockets, what may be asked on them, and the fan-out of a sale's feed."""
