"""The ledger (问答记录与反馈): an append-only audit of answers, and what users said of them."""
