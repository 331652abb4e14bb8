"""DNS: the site's records and Clerk's, made in the hosted zone or told to the person who enters them."""

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from clerk_deploy.errors import Problem, SettingsError
from clerk_deploy.settings import EnvironmentSettings
from clerk_deploy.settings.models import HostedZone
from stacks.edge.certificate import zone_of


class Records(Construct):
    """A and AAAA of every domain of the site, and the CNAMEs of Clerk's Domains page.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        settings: The environment's settings.
        zone: The zone that holds the domain.
        site: The distribution.

    Raises:
        SettingsError: A record of Clerk's lies outside the zone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: EnvironmentSettings,
        zone: HostedZone,
        site: cloudfront.IDistribution,
    ) -> None:
        super().__init__(scope, construct_id)
        _refuse_foreign(settings, zone=zone)
        hosted = zone_of(self, "Zone", zone)
        target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(site))
        for domain in settings.domains:
            for record in (route53.ARecord, route53.AaaaRecord):
                record(
                    self, f"{record.__name__}:{domain}", zone=hosted, record_name=f"{domain}.", target=target
                )
        for cname in settings.clerk.cnames:
            route53.CnameRecord(
                self,
                f"Clerk:{cname.name}",
                zone=hosted,
                record_name=f"{cname.name}.",
                domain_name=cname.target,
                ttl=cdk.Duration.minutes(5),
            )


def _refuse_foreign(settings: EnvironmentSettings, *, zone: HostedZone) -> None:
    problems = [
        Problem(
            where=f"clerk.cnames[{number}].name",
            expected=f"a name in the hosted zone {zone.name}, not {cname.name}",
            next_step="correct the name, or enter that record by hand and take it out of the settings",
        )
        for number, cname in enumerate(settings.clerk.cnames)
        if not f".{cname.name}".endswith(f".{zone.name}")
    ]
    if problems:
        raise SettingsError(
            f"Clerk's records of {settings.domain} cannot be made.",
            problems=problems,
            next_step="correct the context in cdk.json; docs/settings.md lists every setting",
        )


def records_to_enter(settings: EnvironmentSettings, *, target: str) -> dict[str, str]:
    """Outputs that say what to enter where the domain's DNS is kept.

    Args:
        settings: The environment's settings.
        target: The distribution's domain.
    """
    outputs = {}
    if settings.certificate_arn:
        for number, domain in enumerate(settings.domains, start=1):
            outputs[f"DnsSite{number}"] = f"{domain} CNAME {target} (at the top of a zone: ALIAS or ANAME)"
    else:
        outputs["DnsCertificate"] = (
            f"request an ACM certificate in {settings.region} for {', '.join(settings.domains)}, enter the "
            "records that ACM shows, set certificateArn in cdk.json and deploy again"
        )
    for number, cname in enumerate(settings.clerk.cnames, start=1):
        outputs[f"DnsClerk{number}"] = f"{cname.name} CNAME {cname.target}"
    return outputs
