"""One module per file format: bytes → Source. Each library is imported when its format is met."""
