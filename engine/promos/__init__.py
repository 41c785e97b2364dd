"""Promos: stores and products, profiles and segments, windows, notices: one a day, and to whom it concerns."""
