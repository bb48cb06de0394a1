"""Documents → the index: encoder, BM25, FAISS, tables, manifest."""
