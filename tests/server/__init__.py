"""Tests of the server: real stores, real sockets, real processes."""
