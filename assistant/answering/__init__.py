"""Question → draft answer: what is asked, which clauses, which words, and the check."""
