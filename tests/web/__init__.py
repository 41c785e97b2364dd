"""The pages' own tests, run by their own runner."""
