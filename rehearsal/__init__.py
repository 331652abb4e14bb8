"""The embedded world in which a deployment is rehearsed: AWS, Clerk, GitHub and a backend, on loopback."""
