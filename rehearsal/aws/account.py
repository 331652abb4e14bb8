"""What the account has before the first deployment: the hosted zone that the settings name."""

from ministack.core.responses import request_scope
from ministack.services import route53

from rehearsal.aws.config import Config


def seed(config: Config) -> None:
    """Create the hosted zone under the settings' own id."""
    if config.hosted_zone is None:
        return
    zone_id, name = config.hosted_zone
    body = (
        '<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">'
        f"<Name>{name}</Name><CallerReference>rehearsal</CallerReference></CreateHostedZoneRequest>"
    )
    generated = route53._zone_id
    # Route 53 picks ids; the settings hold one already.
    route53._zone_id = lambda: zone_id
    try:
        with request_scope(config.account, config.region):
            status, _headers, answer = route53._create_hosted_zone(body.encode(), {})
    finally:
        route53._zone_id = generated
    if status >= 300:
        raise RuntimeError(f"the hosted zone {name} could not be made: {answer!r}")
