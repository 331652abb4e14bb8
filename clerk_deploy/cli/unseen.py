"""Secrets on their way in: typed unseen, or read from standard input; never an argument."""

import sys


def unseen(prompt: str) -> str:
    """One line.

    Args:
        prompt: What is asked for, when a person types.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    import getpass

    return getpass.getpass(f"{prompt} (not shown): ")
