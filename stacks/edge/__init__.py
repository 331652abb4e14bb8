"""Edge: domain, certificate, firewall and the function that picks the slot of each request."""
