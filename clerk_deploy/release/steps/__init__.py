"""The steps of an operation, one small function each: `(engine, operation) -> Done`.

Each asks first whether the lock is still its own, reads what is done already, and continues from there.
"""
