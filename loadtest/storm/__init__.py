"""The storm: a crowd of tens of thousands of sockets from a few processes, as fast as answers come."""
