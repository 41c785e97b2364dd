"""The storm client: tens of thousands of sockets from a few processes, as fast as answers come."""
