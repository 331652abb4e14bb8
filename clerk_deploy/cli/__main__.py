"""`python -m clerk_deploy.cli` is `clerk-deploy`."""

from clerk_deploy.cli import main

main()
