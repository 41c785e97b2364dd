"""Money recounted from the outside: by SQL and fractions alone, after thousands of purchases and many deaths."""
