"""A run on a real account: a throw-away environment, what only AWS can show, and nothing left behind."""
