"""What answers on the branches' default domains: the branch's server, found by the Host header."""

from starlette.applications import Starlette

from rehearsal.aws.amplify.compute import Compute
from rehearsal.reverse_proxy import create_reverse_proxy


def create_sites(compute: Compute) -> Starlette:
    """The application that serves every branch."""

    def port_of(host: str) -> int | None:
        site = compute.sites.get(host)
        return site.port if site else None

    # The app sees an internal host name, as it may on Amplify (amplify-hosting#3686).
    return create_reverse_proxy(port_of, pass_host=False)
