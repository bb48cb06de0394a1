"""What a question asks: its kind, its names, its details, the question before it."""
