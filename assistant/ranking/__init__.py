"""What orders the passages that were found: features, a learned ranker, a cross-encoder."""
