"""Container hosting on this machine's Docker engine, measured on loopback alone."""
