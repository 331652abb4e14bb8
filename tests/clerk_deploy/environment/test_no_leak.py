"""Whatever is written wherever: what could be a secret is in no answer."""

from hypothesis import given
from hypothesis import strategies as st

from clerk_deploy.environment.sources import from_text
from clerk_deploy.environment.validate import check_values
from clerk_deploy.errors import ProblemsError
from clerk_deploy.settings import EnvironmentSettings

SETTINGS = EnvironmentSettings.model_validate(
    {
        "host": "amplify",
        "account": "123456789012",
        "domain": "yourapp.com",
        "repository": "https://github.com/your-org/yourapp",
        "variables": [{"name": "MAIL_PASSWORD", "secret": True}],
    }
)
SECRETS = st.from_regex(r"(sk_live_|whsec_|hush)[A-Za-z0-9]{12,40}", fullmatch=True)
PLACES = st.sampled_from(
    [
        "CLERK_SECRET_KEY={0}",
        "CLERK_SECRET_KEY={0}-{0}",
        'CLERK_SECRET_KEY="{0}',
        "CLERK_SECRET_KEY={0} ",
        "CLERK_JWT_KEY={0}",
        "CLERK_WEBHOOK_SIGNING_SECRET={0}",
        "MAIL_PASSWORD={0}\nMAIL_PASSWORD={0}",
        "MAIL_PASSWORD={0}\nNEXT_PUBLIC_TENANT_ID=a{0}",
        "MAIL_PASSWORD={0}\nNEXT_PUBLIC_APP_URL=https://{0}.com",
        "MAIL_PASWORD={0}",
        "mail_password={0}",
        "SOMETHING={0}",
        "NEXT_PUBLIC_MAIL_PASSWORD={0}",
        "{0}",
        "{0}={0}",
        "export {0}",
        "'{0}'=x",
        "MAIL_PASSWORD = '{0}\nA='{0}",
        "MAIL_PASSWORD=-----BEGIN PRIVATE KEY-----\n{0}\n-----END PRIVATE KEY-----",
    ]
)


@given(
    secret=SECRETS, places=st.lists(PLACES, min_size=1, max_size=4, unique=True), end=st.sampled_from("\n\r")
)
def test_no_answer_repeats_what_could_be_a_secret(secret: str, places: list[str], end: str) -> None:
    text = end.join(place.format(secret) for place in places)

    try:
        shown = repr(check_values(from_text(text, source="x"), environment="production", settings=SETTINGS))
    except ProblemsError as error:
        shown = f"{error}{error!r}{error.problems!r}"

    assert secret not in shown
