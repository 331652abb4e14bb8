"""Where a rollback goes: what was live before, or what a person names."""

from clerk_deploy.release.errors import NothingToRollBackToError, UnknownReleaseError
from clerk_deploy.vercel import results
from clerk_deploy.vercel.answers import ID
from clerk_deploy.vercel.host import Live, VercelHost
from clerk_deploy.vercel.records import PREVIOUS, Deployment, Project


def previous_of(host: VercelHost, project: Project, live: Live) -> Deployment:
    """What was live before the live deployment.

    The last move tells it; after a rollback, what was written down when the live one was built; else the
    newest deployment that Vercel would go back to.

    Raises:
        NothingToRollBackToError: There is none.
    """
    move = project.move
    left = move.source if move and move.kind == results.ROLLBACK and move.done else ""
    candidates = host.client.deployments(project.id, rollback_candidate=True)
    usable = {each.id: each for each in candidates if each.ready and each.id not in (live.id, left)}
    named_ones = []
    if move and move.kind == "promote" and move.done and move.target == live.id:
        named_ones.append(move.source)
    if live.deployment:
        named_ones.append(live.deployment.meta.get(PREVIOUS, ""))
    for name in named_ones:
        if name in usable:
            return usable[name]
    born = live.deployment.created if live.deployment else float("inf")
    earlier = [each for each in usable.values() if each.created < born and each.was_live]
    if not earlier:
        raise NothingToRollBackToError(
            f"Vercel has no earlier deployment of {project.name} to go back to.",
            next_step="release a commit that mends it: clerk-deploy release COMMIT; on the Hobby plan only "
            "the deployment before can be gone back to",
        )
    return earlier[0]


def named(host: VercelHost, project: Project, to: str, *, live: Live) -> Deployment:
    """The deployment that a person names by its id, its release or the beginning of its commit.

    Raises:
        UnknownReleaseError: None, or several releases.
        NotFoundError: There is no deployment of that id.
    """
    if live.deployment and to in (live.id, live.deployment.commit, live.deployment.release):
        return live.deployment
    if ID.fullmatch(to):
        return host.client.deployment(to)
    found = [
        each
        for each in host.client.deployments(project.id)
        if each.ready and each.was_live and (each.release.startswith(to) or each.commit.startswith(to))
    ]
    if len({each.release for each in found}) != 1:
        what = "several releases" if found else "no release that was live"
        raise UnknownReleaseError(
            f"{to} names {what}{': ' + ', '.join(each.id for each in found) if found else ''}.",
            next_step="clerk-deploy history lists them; name one by its deployment",
        )
    return found[0]
