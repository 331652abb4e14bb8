"""The ledger: what is live, what each slot holds, every operation, and the lock."""
