"""`clerk-deploy smoke`: the users that verification signs in with."""

import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clerk_deploy.cli.context import Context, command, noun
from clerk_deploy.cli.verify import Cacert, EnvFile, Resolve
from clerk_deploy.errors import RefusedError, UnusableInputError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from clerk_deploy.cli.verify_target import Gathered
    from clerk_deploy.verification.smoke import Made

app = noun("The users that verification signs in with: one of this tenant, one of another.")

OtherTenant = Annotated[
    str,
    typer.Option(
        "--other-tenant",
        metavar="TENANT",
        help="Id or slug of the other organization; made when there is none of that slug.",
    ),
]
MailDomain = Annotated[
    str | None,
    typer.Option("--mail-domain", metavar="DOMAIN", help="Of the users' addresses; the site's by default."),
]
File = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Keep them in this file, where AWS keeps no secrets."),
]

DEFAULT_OTHER = "clerk-deploy-smoke"


@command(app, "create")
def create(
    *,
    context: Context,
    other_tenant: OtherTenant = DEFAULT_OTHER,
    mail_domain: MailDomain = None,
    env_file: EnvFile = None,
    file: File = None,
    resolve: Resolve = None,
    cacert: Cacert = None,
) -> None:
    """Make a user in this tenant and one in another, and keep their passwords in a secret of their own."""
    place = _Place(context, env_file, file)
    if place.gathered.target.users:
        raise RefusedError(
            f"There are smoke users already, in {place.name}.",
            next_step="`clerk-deploy smoke rotate` replaces them",
        )
    made = _make(place.gathered, other_tenant, mail_domain, resolve or (), cacert)
    place.write(made.to_json())
    _show(context, place.name, made, ())


@command(app, "rotate")
def rotate(
    *,
    context: Context,
    env_file: EnvFile = None,
    file: File = None,
    resolve: Resolve = None,
    cacert: Cacert = None,
) -> None:
    """Make new ones, store them, and only then delete the old: there is always a pair that works."""
    from clerk_deploy.verification.smoke import delete

    place = _Place(context, env_file, file)
    old = place.gathered.target.users
    other = place.gathered.target.other_user
    if other is None or not old:
        raise RefusedError(
            f"There are no smoke users in {place.name}.", next_step="make them: clerk-deploy smoke create"
        )
    domain = old[0].email.partition("@")[2]
    made = _make(place.gathered, other.tenant, domain, resolve or (), cacert)
    place.write(made.to_json())
    left = delete(_run_context(place.gathered, resolve or (), cacert), old)
    _show(context, place.name, made, left)


class _Place:
    """Where the users are kept: Secrets Manager, or a file that its owner alone can read."""

    def __init__(self, context: Context, env_file: Path | None, file: Path | None) -> None:
        from clerk_deploy.cli.verify_target import Sources, gather

        self._file = file
        environment = context.target()
        kept = file if file is not None and file.exists() else None
        self.gathered = gather(
            context, Sources(url=None, env_file=env_file, smoke=kept, no_aws=file is not None)
        )
        self.name = str(file) if file is not None else environment.names.smoke_secret
        if self.gathered.aws is None and file is None:
            raise UnusableInputError(
                f"{environment.name} keeps no secrets in AWS.",
                next_step="name a file for them with --file, and the values with --env-file",
            )
        if not self.gathered.target.clerk_secret_key or not self.gathered.target.tenant:
            raise UnusableInputError(
                "Clerk's secret key or the tenant is not known.",
                next_step="push the environment first, or name its .env file with --env-file",
            )

    def write(self, text: str) -> None:
        """Stores the users."""
        from clerk_deploy.aws.errors import aws_errors

        if self._file is None and self.gathered.aws is not None:
            missing = UnusableInputError(
                f"There is no secret {self.name}.", next_step="cdk deploy the Configuration stack"
            )
            client: Any = self.gathered.aws("secretsmanager")
            with aws_errors(f"Writing {self.name}", missing=missing):
                client.put_secret_value(SecretId=self.name, SecretString=text)
        elif self._file is not None:
            _write_private(self._file, text)


def _write_private(path: Path, text: str) -> None:
    """Replaces a file at once; nobody else can read it at any time."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(text)
        fresh.replace(path)
    except OSError as error:
        raise UnusableInputError(
            f"{path} cannot be written: {error.strerror}.", next_step="name another file with --file"
        ) from None


def _run_context(gathered: "Gathered", resolve: "tuple[str, ...] | list[str]", cacert: Path | None) -> Any:
    from clerk_deploy.cli.verify import run_context

    context = run_context(gathered.target, resolve, cacert, None)
    return context.until(time.monotonic() + 60)


def _make(
    gathered: "Gathered",
    other_tenant: str,
    mail_domain: str | None,
    resolve: "tuple[str, ...] | list[str]",
    cacert: Path | None,
) -> "Made":
    from clerk_deploy.verification.smoke import Makers, create

    target = gathered.target
    if other_tenant == target.tenant:
        raise UnusableInputError(
            f"{other_tenant} is the deployment's own tenant.",
            next_step="name another one with --other-tenant: isolation is shown between two",
        )
    makers = Makers(name=lambda: f"smoke-{secrets.token_hex(6)}", password=lambda: secrets.token_urlsafe(24))
    return create(
        _run_context(gathered, resolve, cacert),
        tenants=(target.tenant, other_tenant),
        domain=mail_domain or target.host,
        makers=makers,
    )


def _show(context: Context, place: str, made: "Made", left: tuple[str, ...]) -> None:
    document = {
        "kept": place,
        "tenants": [user.tenant for user in made.users],
        "expiredToken": made.expired_token is not None,
        "notDeleted": list(left),
    }
    context.output.show(document, lambda: _text(place, made, left))


def _text(place: str, made: "Made", left: tuple[str, ...]) -> "list[RenderableType]":
    tenants = " and ".join(user.tenant for user in made.users)
    lines: list[RenderableType] = [f"Smoke users of {tenants} are kept in {place}."]
    if made.expired_token is None:
        lines.append("Clerk gave no token to keep: the Native API is switched off in its dashboard.")
    lines += [f"Could not be deleted, do it in Clerk's dashboard: {email}" for email in left]
    return [*lines, "next: clerk-deploy verify"]
