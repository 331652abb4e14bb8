"""The certificate of the site's domains."""

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct

from clerk_deploy.settings import EnvironmentSettings
from clerk_deploy.settings.models import HostedZone


def certificate_for(scope: Construct, *, settings: EnvironmentSettings) -> acm.ICertificate | None:
    """The certificate: made and validated in the hosted zone, or the settings' own, or none yet.

    Args:
        scope: The stack.
        settings: The environment's settings.
    """
    if settings.hosted_zone:
        return acm.Certificate(
            scope,
            "Certificate",
            domain_name=settings.domains[0],
            subject_alternative_names=list(settings.domains[1:]) or None,
            validation=acm.CertificateValidation.from_dns(
                zone_of(scope, "CertificateZone", settings.hosted_zone)
            ),
        )
    if settings.certificate_arn:
        return acm.Certificate.from_certificate_arn(scope, "Certificate", settings.certificate_arn)
    return None


def zone_of(scope: Construct, construct_id: str, zone: HostedZone) -> route53.IHostedZone:
    """The hosted zone, without looking it up.

    Args:
        scope: Where to put the construct.
        construct_id: The construct's id.
        zone: The settings' zone.
    """
    return route53.HostedZone.from_hosted_zone_attributes(
        scope, construct_id, hosted_zone_id=zone.id, zone_name=zone.name
    )
