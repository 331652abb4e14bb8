"""A stand-in for Vercel: the documented calls that a release needs, and what was built, served."""
