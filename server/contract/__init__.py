"""The contract: everything that goes over the wire is declared here, once, and described from here.

Owns: the tables of routes, commands and events, their shapes, the wire formats, how refusals look; the documents of
OpenAPI and AsyncAPI.
"""
