"""Vercel as a host of releases: a small client of its API, and the sequence of a release on it."""
