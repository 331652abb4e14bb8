"""What ministack 1.5.33 does otherwise than AWS and a deployment notices; one file a patch.

Each guards what it changes, so that a new ministack which breaks it fails loudly at start.
"""

from rehearsal.aws.patches import (
    empty_secret,
    monitoring_subscription,
    secret_reference,
    web_acl_bodies,
    web_acl_search_string,
)


def apply_all() -> None:
    """Apply every patch."""
    empty_secret.apply()
    monitoring_subscription.apply()
    secret_reference.apply()
    web_acl_bodies.apply()
    web_acl_search_string.apply()
