from clerk_deploy.environment.contract import contract
from clerk_deploy.settings import EnvironmentSettings
from tests.clerk_deploy.environment.conftest import SETTINGS


def names(**clerk: object) -> list[str]:
    settings = EnvironmentSettings.model_validate({**SETTINGS, "clerk": clerk})
    return [variable.name for variable in contract(settings)]


def test_handing_on_addresses_demands_the_proxy_url():
    assert "NEXT_PUBLIC_CLERK_PROXY_URL" in names(forwardClientAddress=True)


def test_without_that_the_proxy_url_is_unknown():
    assert "NEXT_PUBLIC_CLERK_PROXY_URL" not in names()


def test_ones_own_variables_come_last():
    assert names(forwardClientAddress=True)[-1] == "NEXT_PUBLIC_THEME"
