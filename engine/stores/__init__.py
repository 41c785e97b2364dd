"""Connections to Redis and Postgres, embedded servers, script loading, batching and leases.

Contexts import what they need from the modules of this package; it imports no context.
"""
