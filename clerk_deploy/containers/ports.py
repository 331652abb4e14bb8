"""The ports that the edge binds."""

import socket

from clerk_deploy.errors import UnusableInputError
from clerk_deploy.settings.containers import ContainerSettings


def require_free_ports(settings: ContainerSettings) -> None:
    """Refuse a machine whose ports the edge cannot have.

    Args:
        settings: The engine's settings; an engine on another machine is not asked.

    Raises:
        UnusableInputError: One of them is taken.
    """
    edge = settings.edge
    if edge.publish != "host" or not settings.engine.host.startswith("unix:"):
        return
    for port in (edge.http_port, edge.https_port):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError as error:
                raise UnusableInputError(
                    f"Port {port}, which the edge needs, cannot be bound: {error.strerror}.",
                    next_step=f"`ss -ltnp sport = :{port}` shows who has it; end it, or set edge.httpPort "
                    "and edge.httpsPort",
                ) from None
