"""Files → documents with clauses, responsible units and industries."""
