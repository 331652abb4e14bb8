"""The contract of an environment's variables: declaration, checks, sources and storage.

Import the modules themselves: this package imports nothing, so that a Lambda which needs one small module
gets no more.
"""
