"""AWS as code: one package a stack, wired in its `stack.py` from the constructs beside it."""
