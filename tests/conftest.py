"""Fixtures that every test may use; the stores they give are real servers in a private folder."""
