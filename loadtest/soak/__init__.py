"""Hours of ordinary business on an installation of its own, and whether anything grows that should not."""
