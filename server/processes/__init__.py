"""What keeps processes running: the supervisor and its leash, garbage collection, what a worker looks after."""
