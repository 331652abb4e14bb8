from clerk_deploy.errors import Exit
from clerk_deploy.verification.engine import run
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import Moment, all_checks, select


def test_healthy_site_passes_everything_at_once(served):
    checks = select(all_checks(), moment=Moment.DOMAIN)
    report = run(checks, served.context(), moment=Moment.DOMAIN)
    bad = [(each.check.id, each.finding) for each in report.results if each.status is not Status.PASSED]
    # No DNS server, no AWS and not the fallback here; all have tests of their own.
    skipped = {"transport.dns", "transport.clerk_dns"} | {
        check.id for check in checks if {"monitoring", "client_side"} & check.tags
    }
    assert {name for name, finding in bad if finding.status is Status.SKIPPED} == skipped
    assert [each for each in bad if each[0] not in skipped] == []
    assert report.exit_code is Exit.OK
    assert len(report.of(Status.PASSED)) >= 40
