"""Rehearsals: a synthetic crowd in a shadow sale, and what it says about the real one."""
