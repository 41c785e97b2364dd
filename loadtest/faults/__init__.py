"""The fault harness: a whole installation under a storm while its parts are killed, stopped, cut off and emptied."""
