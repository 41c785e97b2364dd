"""Other servers that send the same bytes to many sockets: `python -m loadtest.bench.rivals.NAME`, with a port in PORT.

Each sends PAYLOAD to every open socket whenever one of them says anything, in the way its own documentation recommends.
"""

PAYLOAD = b"x" * 100
