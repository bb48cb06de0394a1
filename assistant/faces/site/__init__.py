"""The pages that are rendered on the server: clauses, documents, units, industries."""
