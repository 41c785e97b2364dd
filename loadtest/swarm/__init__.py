"""People of a load test as Locust users: the same behaviours as the storm's, in Locust's statistics and web page."""
