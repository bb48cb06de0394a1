"""The REST API (/v1/…) in parts: questions, what the documents hold, its own description."""
