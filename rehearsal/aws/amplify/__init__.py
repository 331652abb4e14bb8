"""Amplify Hosting: apps, branches and jobs that really build and really serve."""
