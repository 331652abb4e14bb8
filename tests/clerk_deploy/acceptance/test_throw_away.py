from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clerk_deploy.acceptance.throw_away import ThrowAway, has_test_keys, values_file, values_of
from clerk_deploy.environment.sources import from_mapping
from clerk_deploy.errors import ProblemsError, SettingsError, UnusableInputError
from tests.clerk_deploy.acceptance.conftest import made


def test_it_is_like_its_model_under_a_name_and_domain_of_its_own(target: ThrowAway):
    assert target.names.prefix == "yourapp-acceptance"
    assert target.settings.domains == ("acceptance.yourapp.com", "www.acceptance.yourapp.com")
    assert target.settings.repository == "https://github.com/your-org/yourapp"
    assert target.context["@aws-cdk/core:flag"] is True
    assert list(target.context["environments"]) == ["acceptance"]


def test_it_can_be_deleted_and_disturbs_nobody(target: ThrowAway):
    settings = target.settings
    assert not settings.termination_protection
    assert settings.clerk.cnames == ()
    assert settings.monitoring.emails == ()
    assert settings.release.connection_arn is None
    assert settings.tags == {"team": "web", "clerk-deploy": "throw-away"}


def test_a_release_needs_neither_a_bake_nor_users(target: ThrowAway):
    release = target.settings.release
    assert (release.bake_minutes, release.canary_percent, release.candidate_check) == (0, 0, "health")


def test_another_domain_may_be_named():
    assert made(domain="try.yourapp.com").settings.url == "https://try.yourapp.com"


@pytest.mark.parametrize(
    ("changed", "name", "where"),
    [
        ({"host": "containers"}, "acceptance", "environments.production.host"),
        ({"hostedZone": None}, "acceptance", "environments.production.hostedZone"),
        ({}, "production", "--name"),
    ],
)
def test_what_cannot_be_thrown_away_is_refused(changed: dict[str, Any], name: str, where: str):
    with pytest.raises(SettingsError) as refused:
        made(changed=changed, name=name)
    assert [problem.where for problem in refused.value.problems] == [where]


def test_a_domain_outside_the_zone_is_refused():
    with pytest.raises(SettingsError, match="settings"):
        made(domain="acceptance.example.org")


def test_the_files_own_site_is_replaced_and_two_rounds_differ_in_one_variable(
    target: ThrowAway, file: Callable[..., Path]
):
    raw = values_file(file())
    first, second = (values_of(raw, target=target, number=number) for number in (1, 2))
    assert first.visible["NEXT_PUBLIC_APP_URL"] == "https://acceptance.yourapp.com"
    differing = {name for name, value in first.visible.items() if second.visible[name] != value}
    assert differing == {"ACCEPTANCE_ROUND"}


def test_a_file_that_breaks_the_contract_is_refused(target: ThrowAway, file: Callable[..., Path]):
    with pytest.raises(ProblemsError, match="NEXT_PUBLIC_TENANT_ID"):
        values_of(values_file(file(NEXT_PUBLIC_TENANT_ID="")), target=target, number=1)


def test_without_a_file_it_says_which_one_to_name():
    with pytest.raises(UnusableInputError) as refused:
        values_file(None)
    assert "--env-file" in refused.value.next_step


@pytest.mark.parametrize(
    ("key", "test"),
    [("pk_test_Y2xlcmsuZXhhbXBsZS5jb20k", True), ("pk_live_Y2xlcmsuZXhhbXBsZS5jb20k", False), ("x", False)],
)
def test_the_files_keys_decide_which_clerk_instance_is_used(key: str, test: bool):
    raw = from_mapping({"NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": key}, source="a test")
    assert has_test_keys(raw) is test
    assert made(test_keys=test).settings.clerk.instance == ("test" if test else "live")
