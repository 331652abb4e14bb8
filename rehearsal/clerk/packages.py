"""The scripts of Clerk's components, as the Frontend API serves them: from npm, checked, never committed."""

import asyncio
import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from clerk_deploy.errors import UnreachableError

NPM_SECONDS = 120
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package of Clerk's scripts.

    Args:
        name: Its name on npm.
        version: Its version; the SDK in the page asks for the major one.
        integrity: SHA-512 of its archive, as lock files have it.
    """

    name: str
    version: str
    integrity: str

    @property
    def folder(self) -> str:
        """The name of the folder that it is kept in."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}"


PACKAGES = (
    Package(
        name="@clerk/clerk-js",
        version="6.40.0",
        integrity="sha512-2MnZ/ygvuCmeuqfXQmsxfQaLN/SSJvQbtT2cLXbgr5VKr3KmZFZBVvX977fG3eZ6pprl4J9pO+I2bbe6BvColg==",
    ),
    Package(
        name="@clerk/ui",
        version="1.36.0",
        integrity="sha512-uI96zYCh5jISLOt1mdpIPy/Y31P0kwFxjUFOxLUwFfTHFmGUcRjbqN6bbb+75tdI2Bz6ARGws3rhspDer+xIfQ==",
    ),
)


@dataclass(frozen=True)
class Scripts:
    """The packages in a folder, fetched when the first script is asked for.

    Args:
        folder: Where they are kept, for later runs too.
    """

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def file(self, package: Package, path: str) -> Path | None:
        """A file of a package's `dist`; None when it has none of that name.

        Raises:
            UnreachableError: npm did not give the package.
        """
        with self._lock:
            kept = self.folder / package.folder
            if not kept.is_dir():
                _fetch(package, kept)
        dist = kept / "package" / "dist"
        found = (dist / path).resolve()
        return found if found.is_file() and found.is_relative_to(dist.resolve()) else None


def create_packages(folder: Path | None) -> Route:
    """`/npm/@clerk/clerk-js@6/dist/...`, from packages kept in a folder.

    Args:
        folder: Where they are kept; None: there are none, and every path is 404.
    """
    scripts = Scripts(folder) if folder else None

    async def answer(request: Request) -> Response:
        package = _asked_for(request.path_params["package"])
        if scripts is None or package is None:
            raise HTTPException(404)
        try:
            found = await asyncio.to_thread(scripts.file, package, request.path_params["path"])
        except UnreachableError as error:
            return Response(f"{error.message}\n", 503, media_type="text/plain")
        if found is None:
            raise HTTPException(404)
        # Any page may load it, with `crossorigin` too.
        headers = {"access-control-allow-origin": "*", "cache-control": IMMUTABLE}
        return FileResponse(found, headers=headers, media_type="application/javascript")

    return Route("/npm/@clerk/{package}/dist/{path:path}", answer, methods=["GET"])


def _asked_for(asked: str) -> Package | None:
    """The package of `NAME@VERSION`; the version may be the major one alone, as the SDK writes it."""
    name, _, version = asked.partition("@")
    for package in PACKAGES:
        if package.name == f"@clerk/{name}" and f"{package.version}.".startswith(f"{version}."):
            return package
    return None


def _fetch(package: Package, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        words = ["npm", "pack", "--silent", "--pack-destination", folder, f"{package.name}@{package.version}"]
        tools = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
        npm = shutil.which("npm", path=tools) or "npm"
        try:
            subprocess.run(
                [npm, *words[1:]],
                check=True,
                capture_output=True,
                timeout=NPM_SECONDS,
                env={**os.environ, "PATH": tools},
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise UnreachableError(
                f"npm did not give {package.name}@{package.version}: {type(error).__name__}.",
                next_step="see whether this machine reaches a registry: npm view @clerk/clerk-js version",
            ) from None
        (archive,) = Path(folder).glob("*.tgz")
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != package.integrity:
            raise UnreachableError(
                f"{package.name}@{package.version} is not what was locked: sha512-{digest}.",
                next_step="find out which registry npm asks: npm config get registry",
            )
        unpacked = Path(folder) / "unpacked"
        with tarfile.open(archive) as opened:
            # extractall's filter came with Python 3.11.4, and Debian 12 has 3.11.2.
            for member in _scripts_of(opened):
                file = unpacked / member.name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(opened.extractfile(member).read())  # type: ignore[union-attr]
        unpacked.rename(target)


def _scripts_of(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    members = (member for member in archive.getmembers() if member.isfile())
    return [
        member
        for member in members
        if (parts := PurePosixPath(member.name).parts)[:2] == ("package", "dist")
        and ".." not in parts
        and member.name.endswith(".js")
    ]
