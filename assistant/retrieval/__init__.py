"""The clauses of one index that fit a question: by name, under filters, by likeness."""
