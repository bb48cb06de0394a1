"""What stands around every request (ASGI middleware)."""
