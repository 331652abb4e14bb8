"""One embedded AWS for all tests of this folder, with a repository that holds the tiny app."""

import os
import shutil
from collections.abc import Iterator

import pytest

from rehearsal.aws.config import Config
from rehearsal.aws.process import start_aws
from rehearsal.ports import free_port
from rehearsal.processes import Children
from tests.rehearsal.aws.support import ACCOUNT, REPOSITORY, TINY, Aws, commit, git


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder = tmp_path_factory.mktemp("aws")
    repository = folder / "repository"
    shutil.copytree(TINY, repository)
    git(repository, "init", "--quiet", "--initial-branch", "main")
    commit(repository, "The tiny app")
    config_file = folder / "gitconfig"
    config_file.write_text(f'[url "file://{repository}"]\n  insteadOf = {REPOSITORY}\n', encoding="utf-8")
    config = Config(
        account=ACCOUNT,
        region="us-east-1",
        port=free_port(),
        sites_port=free_port(),
        folder=folder / "run",
        cache=folder / "cache",
        app_environment={
            "GIT_CONFIG_GLOBAL": str(config_file),
            "HTTPS_PROXY": os.environ.get("HTTPS_PROXY", ""),
        },
    )
    children = Children()
    try:
        start_aws(config, children=children)
        yield Aws(config, repository)
    finally:
        children.end_all()
