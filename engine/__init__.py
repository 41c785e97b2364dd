"""The engine: every rule about sales, orders and money. It knows the stores, never HTTP."""
