"""GitHub in one ASGI app: api.github.com, and github.com for git."""

from starlette.applications import Starlette
from starlette.routing import Host

from rehearsal.github.api import create_api
from rehearsal.github.smart_http import create_git
from rehearsal.github.state import GitHub

API_HOST = "api.github.com"
GIT_HOST = "github.com"


def create_app(github: GitHub) -> Starlette:
    """GitHub as one app, by host name.

    Args:
        github: The state, which stays changeable while the app runs.
    """
    return Starlette(routes=[Host(API_HOST, app=create_api(github)), Host(GIT_HOST, app=create_git(github))])
