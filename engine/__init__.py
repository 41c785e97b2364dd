"""The rules of the house: every decision about sales, orders and money; knows stores, never HTTP."""
