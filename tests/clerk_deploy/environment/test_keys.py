import base64
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk_deploy.environment.keys import (
    InstanceType,
    MalformedKeyError,
    decode_publishable_key,
    secret_key_instance,
)

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOSTS = st.builds(
    lambda labels, end: ".".join([*labels, end]),
    st.lists(LABEL, min_size=1, max_size=4),
    st.from_regex(r"[a-z]{2,8}", fullmatch=True),
)


@given(host=HOSTS, kind=st.sampled_from(InstanceType), padded=st.booleans())
def test_every_key_that_clerk_makes_is_decoded(host: str, kind: InstanceType, padded: bool) -> None:
    encoded = base64.b64encode(f"{host}$".encode()).decode()

    key = decode_publishable_key(f"pk_{kind}_{encoded if padded else encoded.rstrip('=')}")

    assert (key.instance, key.host) == (kind, host)


@given(st.text())
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    try:
        decode_publishable_key(text)
    except MalformedKeyError as error:
        assert len(text) < 12 or text not in str(error)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("clerk.yourapp.com", "yourapp.com"),
        ("clerk.app.yourapp.co.uk", "app.yourapp.co.uk"),
        ("yourapp.com", "yourapp.com"),
    ],
)
def test_domain_is_what_clerk_serves(host: str, domain: str) -> None:
    encoded = base64.b64encode(f"{host}$".encode()).decode()

    assert decode_publishable_key(f"pk_live_{encoded}").domain == domain


@pytest.mark.parametrize(
    ("key", "instance"),
    [
        ("sk_live_c0ffeec0ffee", InstanceType.LIVE),
        ("sk_test_c0ffeec0ffee", InstanceType.TEST),
        ("sk_live_short", None),
        ("sk_prod_c0ffeec0ffee", None),
        ("sk_live_c0ffeec0ffee\n", None),
        ("", None),
    ],
)
def test_secret_key_tells_its_instance(key: str, instance: InstanceType | None) -> None:
    assert secret_key_instance(key) is instance


def test_keys_need_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules);"
        "import clerk_deploy.environment.keys, clerk_deploy.environment.secrets_document;"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))"
    )

    answer = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "['clerk_deploy']"
