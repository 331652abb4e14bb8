"""docs/containers.md names every setting of the stack's file."""

from collections.abc import Iterator

from pydantic import BaseModel

from clerk_deploy.settings.containers import ContainerSettings
from clerk_deploy.settings.words import fields, models_in
from rehearsal.commands import PROJECT


def paths(model: type[BaseModel], front: str = "") -> Iterator[str]:
    for name, field in fields(model):
        inner = list(models_in(field.annotation))
        if inner:
            for child in inner:
                yield from paths(child, f"{front}{name}.")
        else:
            yield f"{front}{name}"


def test_every_setting_is_documented() -> None:
    text = (PROJECT / "docs" / "containers.md").read_text()
    # `edge.resources` takes what `app.resources` takes.
    wanted = [path for path in paths(ContainerSettings) if not path.startswith("edge.resources")]
    assert [path for path in wanted if f"`{path}`" not in text] == []
