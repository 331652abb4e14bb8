"""The world outside AWS: Clerk, GitHub, the other team's backend, the edge, under their production names."""
