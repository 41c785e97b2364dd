"""A crowd: synthetic buyers, what they do, what plays them, and the audit of what they were told.

Knows an installation by its wire alone. Rehearsals and load tests stand on it.
"""
