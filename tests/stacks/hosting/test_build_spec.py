from pathlib import Path

import pytest
import yaml

from clerk_deploy.errors import UnusableInputError
from stacks.hosting.build_spec import monorepo_build_spec

PLAIN = """\
version: 1
frontend:
  phases:
    build:
      commands: [npm run build]
  artifacts:
    baseDirectory: .next
    files: ['**/*']
"""


def test_a_monorepos_build_is_the_plain_one_in_its_folder(tmp_path: Path) -> None:
    plain = tmp_path / "amplify.yml"
    plain.write_text(PLAIN)
    (application,) = yaml.safe_load(monorepo_build_spec("apps/web", plain=plain))["applications"]
    assert application == {"appRoot": "apps/web", "frontend": yaml.safe_load(PLAIN)["frontend"]}


@pytest.mark.parametrize("content", [None, "", "version: 1", "a: [", "- 1"])
def test_an_unusable_plain_one_is_named(content: str | None, tmp_path: Path) -> None:
    plain = tmp_path / "amplify.yml"
    if content is not None:
        plain.write_text(content)
    with pytest.raises(UnusableInputError) as refused:
        monorepo_build_spec("apps/web", plain=plain)
    assert str(plain) in str(refused.value)
