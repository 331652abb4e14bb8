"""Measurements of this project's own speed; they print and judge nothing."""
