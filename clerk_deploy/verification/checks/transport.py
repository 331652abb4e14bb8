"""HTTPS, certificates and DNS."""

import re
import ssl
from typing import Final
from urllib.parse import urlsplit

from clerk_deploy.verification import tls
from clerk_deploy.verification.context import Context, PrerequisiteError
from clerk_deploy.verification.findings import Finding, failed, passed, skipped, unknown, verdict
from clerk_deploy.verification.http import NoAnswerError
from clerk_deploy.verification.pages import page
from clerk_deploy.verification.registry import EVERY_RUN, LIVE, WITH_CANDIDATE, Need, Severity, check

HTTPS_LINE: Final = "Security Checklist > HTTPS is enabled for production"
CERTIFICATE_LINE: Final = "Deployment Checklist > SSL/TLS certificates configured"
DNS_LINE: Final = "Deployment Checklist > DNS records updated"
YEAR: Final = 31_536_000
SHORT_LIVED_PARTS: Final = 6
"""Of a certificate's time one part must be left, where the budget is longer: servers renew at two of six."""
_OLD: Final = ((ssl.TLSVersion.TLSv1, "TLS 1.0"), (ssl.TLSVersion.TLSv1_1, "TLS 1.1"))
_GOOD: Final = ((ssl.TLSVersion.TLSv1_2, "TLS 1.2"), (ssl.TLSVersion.TLSv1_3, "TLS 1.3"))


@check(
    id="transport.reachable",
    title="The site answers with a page",
    guide="Post-Deployment Verification",
    severity=Severity.CRITICAL,
    runs_in=EVERY_RUN,
    why="Nothing is live at the edge, the app does not start, or the name leads elsewhere.",
    next_step="`clerk-deploy status` tells what is live; `clerk-deploy logs` shows why an app does not start",
)
def reachable(context: Context) -> Finding:
    """GET / ends at a page."""
    try:
        answer = page(context)
    except NoAnswerError:
        try:
            # The message of the first try names the cause; by now the host is known to be dead.
            answer = context.once("first answer", lambda own: own.get("/"))
        except NoAnswerError as error:
            return failed(str(error))
    if answer.status != 200 or "html" not in answer.header("content-type"):
        return failed(f"{answer} ({answer.header('content-type') or 'no content type'}), and no page came")
    return passed(f"{answer} in {answer.seconds * 1000:.0f} ms")


@check(
    id="transport.https_redirect",
    title="HTTP leads to HTTPS",
    guide=HTTPS_LINE,
    needs={Need.HTTPS},
    runs_in=LIVE,
    why="Users type the name without https; whoever is on their network then reads the password.",
    next_step="let the edge answer port 80 with 301 or 308 to https; nothing else may be served there",
)
def https_redirect(context: Context) -> Finding:
    """Port 80 answers with a permanent redirect to the same host."""
    url = f"http://{context.target.host}/sign-in"
    answer = context.client.get(url)
    location = answer.header("location")
    if answer.status not in (301, 308):
        return failed(f"GET {url} answered {answer.status}, not 301 or 308")
    parts = urlsplit(location)
    if parts.scheme != "https" or parts.hostname not in {context.target.host, *context.target.domains}:
        return failed(f"GET {url} led to {location[:200]}, not to the site over https")
    return passed(f"GET {url} answered {answer.status} to {location[:200]}")


@check(
    id="transport.hsts",
    title="Browsers are told to use HTTPS alone",
    guide=HTTPS_LINE,
    severity=Severity.MEDIUM,
    needs={Need.HTTPS},
    runs_in=WITH_CANDIDATE,
    why="Without Strict-Transport-Security the first request of every visit can be intercepted.",
    next_step="send `Strict-Transport-Security: max-age=31536000` from the edge",
)
def hsts(context: Context) -> Finding:
    """Strict-Transport-Security with at least a year."""
    value = page(context).header("strict-transport-security")
    ages = [part.strip().lower().removeprefix("max-age=").strip('"') for part in value.split(";")]
    age = next((int(each) for each in ages if each.isdigit()), None)
    if not value:
        return failed("GET / has no Strict-Transport-Security header")
    if age is None or age < YEAR:
        return failed(f"Strict-Transport-Security: {value[:100]} lasts less than a year")
    return passed(f"Strict-Transport-Security: {value[:100]}")


def _certificate(context: Context, host: str, port: int) -> tls.Certificate:
    return context.once(("certificate", host, port), lambda own: tls.read_certificate(own.client, host, port))


def _hosts(context: Context) -> tuple[tuple[str, int], ...]:
    """Every HTTPS host of the site, and the backend's."""
    own = [(context.target.host, context.target.port)]
    own += [(domain, context.target.port) for domain in context.target.domains]
    backend = urlsplit(context.target.api_base_url)
    if backend.scheme == "https" and backend.hostname:
        own.append((backend.hostname, backend.port or 443))
    return tuple(dict.fromkeys(own))


@check(
    id="transport.chain",
    title="The certificates' chain is trusted",
    guide=CERTIFICATE_LINE,
    severity=Severity.CRITICAL,
    needs={Need.HTTPS},
    runs_in=LIVE,
    why="Browsers show a warning instead of the page: self-signed, an unknown issuer, or no intermediate.",
    next_step="issue the certificate again at a public authority and serve it with its whole chain",
)
def chain(context: Context) -> Finding:
    """A trusted chain for every host; dates and names are other checks' matter."""
    shown = {host: _certificate(context, host, port) for host, port in _hosts(context)}
    problems = [f"{host}: {each.chain_error}" for host, each in shown.items() if each.chain_error]
    facts = ", ".join(f"{host} by {each.issuer} ({each.protocol})" for host, each in shown.items())
    return verdict(problems, otherwise=facts)


@check(
    id="transport.host_name",
    title="The certificates are for their hosts",
    guide=CERTIFICATE_LINE,
    severity=Severity.CRITICAL,
    needs={Need.HTTPS},
    runs_in=LIVE,
    why="A name was added (www, an alias) and the certificate was not issued for it.",
    next_step="issue the certificate for all names of the site: the settings' `domain`, and www",
)
def host_name(context: Context) -> Finding:
    """Each certificate names its host."""
    shown = {host: _certificate(context, host, port) for host, port in _hosts(context)}
    problems = [f"{host}: {each.name_error}" for host, each in shown.items() if each.name_error]
    untold = [host for host, each in shown.items() if each.chain_error]
    if not problems and untold:
        return unknown(f"{', '.join(untold)}: the chain is not trusted, see transport.chain")
    return verdict(problems, otherwise=f"valid for {', '.join(shown)}")


@check(
    id="transport.expiry",
    title="The certificates stay valid for a while",
    guide=CERTIFICATE_LINE,
    needs={Need.HTTPS},
    runs_in=LIVE,
    why="Renewal has stopped: a validation record is gone, or nobody renews by hand any more.",
    next_step="look at the certificate's validation (ACM: its CNAME must still be there; containers: the "
    "edge's log) and renew it now",
)
def expiry(context: Context) -> Finding:
    """Days left, against the budget; a short-lived certificate never has so many."""
    shown = {host: _certificate(context, host, port) for host, port in _hosts(context)}
    budget = context.target.budgets.certificate_days
    problems, facts = [], []
    for host, each in shown.items():
        if each.chain_error:
            continue
        left = tls.days_left(each, context.now())
        least = min(budget, each.lifetime / 86_400 / SHORT_LIVED_PARTS)
        facts.append(f"{host}: {left:.1f} days")
        if left < 0:
            problems.append(f"{host}: expired {-left:.1f} days ago")
        elif left < least:
            problems.append(f"{host}: {left:.1f} days left, fewer than {least:.3g}")
    if not facts:
        return unknown("the chain is not trusted, see transport.chain")
    return verdict(problems, otherwise=", ".join(facts))


@check(
    id="transport.protocols",
    title="Only TLS 1.2 and newer",
    guide=HTTPS_LINE,
    severity=Severity.MEDIUM,
    needs={Need.HTTPS},
    runs_in=LIVE,
    why="TLS 1.0 and 1.1 are broken; audits refuse a site that accepts them.",
    next_step="raise the edge's minimum protocol version (CloudFront: TLSv1.2_2021)",
)
def protocols(context: Context) -> Finding:
    """1.0 and 1.1 are refused, 1.2 or 1.3 accepted."""
    host, port = context.target.host, context.target.port
    accepted = [name for version, name in _OLD if tls.speaks(context.client, host, port, version)]
    good = [name for version, name in _GOOD if tls.speaks(context.client, host, port, version)]
    if accepted:
        return failed(f"{host} accepts {' and '.join(accepted)}")
    if not good:
        return failed(f"{host} accepts neither TLS 1.2 nor 1.3")
    unable = [name for version, name in _OLD if tls.speaks(context.client, host, port, version) is None]
    if unable:
        return unknown(f"this machine's OpenSSL cannot offer {' and '.join(unable)}")
    return passed(f"{host} accepts {' and '.join(good)}, and refuses TLS 1.0 and 1.1")


@check(
    id="transport.other_names",
    title="The site's other names lead to it",
    guide=DNS_LINE,
    runs_in=LIVE,
    why="www was forgotten in DNS, in the certificate or at the edge.",
    next_step="add the name to the distribution and to DNS, or switch `www` off in the settings",
)
def other_names(context: Context) -> Finding:
    """Every further domain ends at the same site."""
    problems = []
    scheme = urlsplit(context.target.url).scheme
    for domain in context.target.domains:
        try:
            answer = context.client.get(f"{scheme}://{domain}/", follow=5)
        except NoAnswerError as error:
            problems.append(str(error))
            continue
        if answer.status != 200 or urlsplit(answer.url).hostname not in {context.target.host, domain}:
            problems.append(f"{domain} ended at {answer.url[:200]} with {answer.status}")
    return verdict(problems, otherwise=", ".join(context.target.domains) or "the site has one name")


def _lookup(context: Context, name: str, kind: str) -> tuple[str, ...]:
    if context.lookup is None:
        raise PrerequisiteError("DNS is not asked")
    return context.lookup(name, kind)


@check(
    id="transport.dns",
    title="The site's names resolve",
    guide=DNS_LINE,
    needs={Need.DNS},
    runs_in=LIVE,
    tags={"dns"},
    why="The records were not entered, or point at what was there before.",
    next_step="enter the records that the Edge stack's outputs name, on containers the edge's machine; "
    "propagation takes up to the old TTL",
)
def dns(context: Context) -> Finding:
    """Each name has an address."""
    if re.fullmatch(r"[\d.]+|[0-9a-f:]+", context.target.host):
        return skipped("the site's address is a number, not a name")
    problems, facts = [], []
    for name in (context.target.host, *context.target.domains):
        addresses = _lookup(context, name, "A") or _lookup(context, name, "AAAA")
        facts.append(f"{name} is {', '.join(addresses[:4])}")
        if not addresses:
            problems.append(f"{name} has neither A nor AAAA record")
    return verdict(problems, otherwise="; ".join(facts))


@check(
    id="transport.clerk_dns",
    title="Clerk's CNAMEs point at Clerk",
    guide=DNS_LINE,
    needs={Need.DNS, Need.CLERK_CNAMES},
    runs_in=LIVE,
    tags={"dns", "clerk"},
    why="Without them the Frontend API has no certificate and nobody can sign in on a production instance.",
    next_step="copy the records from Clerk's dashboard, Configure > Domains, without a proxy in front",
)
def clerk_dns(context: Context) -> Finding:
    """Each CNAME of the settings stands as written."""
    problems = []
    for record in context.target.cnames:
        found = _lookup(context, record.name, "CNAME")
        if record.target not in found:
            problems.append(f"{record.name} is {', '.join(found) or 'absent'}, not {record.target}")
    return verdict(problems, otherwise=f"{len(context.target.cnames)} records point at Clerk")
