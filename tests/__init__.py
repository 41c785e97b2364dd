"""The test suite: mirrors engine/ and server/."""
