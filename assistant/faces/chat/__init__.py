"""The chat in a browser, and what is saved of it."""
