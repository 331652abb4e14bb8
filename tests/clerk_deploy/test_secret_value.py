import copy
import dataclasses
import json
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk_deploy.secret_value import STARS, SecretValue, secret_shape

SECRETS = st.text(min_size=8).map(lambda text: f"hush-{text}-hush")


@dataclasses.dataclass
class Holder:
    secret: SecretValue


@given(SECRETS)
def test_no_way_of_printing_shows_it(text: str) -> None:
    secret = SecretValue(text)
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret:>200}",
        f"{secret!r}",
        "%s %r" % (secret, secret),  # noqa: UP031 (one more way of printing)
        str([secret]),
        repr(Holder(secret)),
        str(dataclasses.asdict(Holder(secret))),
        json.dumps({"a": secret}, default=str),
        str(vars(type(secret)).get("__dict__")),
    ]

    assert not any(text in way for way in shown)
    assert secret.reveal() == text


@given(SECRETS)
def test_it_is_refused_where_it_would_be_stored(text: str) -> None:
    for store in (pickle.dumps, json.dumps):
        with pytest.raises(TypeError) as caught:
            store(SecretValue(text))
        assert text not in "".join(traceback.format_exception(caught.value))


def test_equal_secrets_are_equal_and_the_length_shows_nowhere() -> None:
    assert SecretValue("swordfish") == SecretValue("swordfish")
    assert SecretValue("swordfish") != SecretValue("swordfisH")
    assert SecretValue("swordfish") != "swordfish"
    assert str(SecretValue("a")) == str(SecretValue("a" * 99)) == STARS
    assert copy.deepcopy(SecretValue("swordfish")) == SecretValue("swordfish")
    assert not SecretValue("")
    with pytest.raises(TypeError):
        hash(SecretValue("swordfish"))


def test_secret_that_was_met_is_hidden_in_any_text() -> None:
    SecretValue("open-sesame-7")

    assert SecretValue.hide_in("said open-sesame-7 twice: open-sesame-7!") == f"said {STARS} twice: {STARS}!"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x sk_live_abcdef y", "a Clerk secret key"),
        ("sk_test_abcdef", "a Clerk secret key"),
        ("whsec_abcdef", "a webhook signing secret"),
        ("AKIAIOSFODNN7EXAMPLE", "an AWS access key"),
        ("ghp_0123456789", "a GitHub token"),
        ("github_pat_0123456789", "a GitHub token"),
        ("GOCSPX-0123456789", "a Google client secret"),
        ("postgres://me:pass@host/db", "a password in an address"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc", "a private key"),
    ],
)
def test_what_looks_like_a_secret_is_known_and_hidden(text: str, kind: str) -> None:
    assert secret_shape(text) == kind
    assert STARS in SecretValue.hide_in(text)


@pytest.mark.parametrize(
    "text", ["sk_live_...", "pk_live_Y2xlcms", "https://api.yourapp.com:8443/v1", "BAKIA"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert secret_shape(text) is None
    assert SecretValue.hide_in(text) == text
