"""Training of the encoder that ships with the product: ``python -m assistant.training``.

Order of work: :mod:`.sources` reads passages and pairs, :mod:`.vocabulary` learns the BPE tokens
and their first vectors, :mod:`.sampling` draws batches of (query, passage), :mod:`.contrast` trains
on them, :mod:`.export` writes the int8 weights that the encoder of the product loads.
"""
