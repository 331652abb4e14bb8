"""Hosting: the Amplify app, its three slots, its roles and its log."""
