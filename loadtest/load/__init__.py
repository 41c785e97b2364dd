"""A crowd played by Locust, with pauses, in its statistics and on its web page."""
