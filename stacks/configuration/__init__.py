"""Configuration: where an environment's variables and secrets live."""
