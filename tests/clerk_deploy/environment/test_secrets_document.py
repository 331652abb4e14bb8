import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk_deploy.environment.secrets_document import TOKENS, SecretsDocument
from clerk_deploy.errors import CheckFailedError
from clerk_deploy.secret_value import SecretValue

NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(SecretValue)
DOCUMENTS = st.builds(
    SecretsDocument,
    instances=st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=3), max_size=3),
    tokens=st.dictionaries(st.sampled_from(TOKENS), st.lists(VALUES, min_size=1, max_size=2).map(tuple)),
)


def numbered() -> "itertools.count[int]":
    return itertools.count(1)


@given(DOCUMENTS)
def test_what_is_written_is_read_back(document: SecretsDocument) -> None:
    assert SecretsDocument.from_json(document.to_json(), source="x") == document


@given(DOCUMENTS, NAMES, st.dictionaries(NAMES, VALUES, max_size=3))
def test_other_instances_are_kept(
    document: SecretsDocument, key: str, secrets: dict[str, SecretValue]
) -> None:
    changed = document.with_instance(key, secrets)

    assert changed.instances[key] == secrets
    assert {k: v for k, v in changed.instances.items() if k != key} == {
        k: v for k, v in document.instances.items() if k != key
    }
    assert changed.tokens == document.tokens


def test_tokens_are_made_once() -> None:
    count = numbered()
    first = SecretsDocument().with_tokens(lambda: f"token-number-{next(count)}")
    second = first.with_tokens(lambda: f"token-number-{next(count)}")

    assert set(first.tokens) == set(TOKENS)
    assert second == first


def test_shape_is_the_one_that_the_server_reads() -> None:
    document = SecretsDocument(
        instances={"pk_live_x": {"CLERK_SECRET_KEY": SecretValue("sk_live_1")}},
        tokens={"origin": (SecretValue("new"), SecretValue("old"))},
    )

    assert json.loads(document.to_json()) == {
        "instances": {"pk_live_x": {"CLERK_SECRET_KEY": "sk_live_1"}},
        "tokens": {"origin": ["new", "old"]},
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2hunter2",
        "[]",
        '"hunter2hunter2"',
        '{"instances": []}',
        '{"instances": {"pk": "hunter2hunter2"}}',
        '{"instances": {"pk": {"A": 1}}}',
        '{"tokens": {"origin": [1]}}',
        "[" * 100_000,
    ],
)
def test_something_else_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(CheckFailedError) as caught:
        SecretsDocument.from_json(text, source="yourapp/production/secrets")

    assert "yourapp/production/secrets" in caught.value.message
    assert "hunter2" not in str(caught.value)


def test_too_large_document_is_refused() -> None:
    document = SecretsDocument(instances={"pk": {"A": SecretValue("x" * 66_000)}})

    with pytest.raises(CheckFailedError, match="65536 bytes"):
        document.to_json()
