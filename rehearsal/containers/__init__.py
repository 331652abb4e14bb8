"""Container hosting, rehearsed on this machine's Docker engine."""
