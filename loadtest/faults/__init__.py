"""The fault harness: a whole installation under a crowd while its parts are killed, stopped, cut off and emptied."""
