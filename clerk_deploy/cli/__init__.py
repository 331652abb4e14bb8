"""The command line: the only place that prints or exits."""


def main() -> None:
    """Entry point of `clerk-deploy`."""
    from clerk_deploy.cli.root import run

    run()
