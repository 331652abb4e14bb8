"""Every planted secret is found, wherever and however; nothing else is."""

import base64
import bz2
import gzip
import io
import json
import lzma
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from clerk_deploy.cli.root import app
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification import shapes
from clerk_deploy.verification.artifacts import scan as scan_module
from clerk_deploy.verification.artifacts.needles import needles
from clerk_deploy.verification.artifacts.scan import CHUNK, OVERLAP, Scan, scan

PEM_BODY = base64.b64encode(bytes(range(256)) * 4).decode()
PEM = (
    "-----BEGIN PRIVATE KEY-----\n"
    + "\n".join(PEM_BODY[at : at + 64] for at in range(0, len(PEM_BODY), 64))
    + "\n-----END PRIVATE KEY-----\n"
)
BY_SHAPE = {
    "Clerk secret key": "sk_live_" + "Planted1Planted2Planted3",
    "webhook signing secret": "whsec_" + "Planted1Planted2Planted3ab+/",
    "private key": PEM,
    "AWS access key": "AKIA" + "PLANTED0PLANTED1",
    "AWS secret access key": "aws_secret_access_key = " + "Planted1/Planted2+Planted3Planted4Plante",
    "GitHub token": "ghp_" + "Planted1Planted2Planted3Planted4abcd",
    "Google client secret": "GOCSPX-" + "Planted1-Planted2_Planted3ab",
}
VALUE = 'p4ss "wörd"/with+odd%chars\\and=more'
"""A value without any shape, with all that escaping changes."""


def look(path: Path, *values: str) -> Scan:
    return scan(str(path), needles([(f"value {n}", SecretValue(value)) for n, value in enumerate(values)]))


def b64(shift: int) -> Callable[[str], bytes]:
    return lambda text: base64.b64encode(b"=" * shift + text.encode() + b" tail")


def wrapped(text: str) -> bytes:
    return base64.encodebytes(b"some words before it " * 4 + text.encode() + b" and after it" * 9)


FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda text: text.encode(),
    "in the middle": lambda text: b"a" * 999 + b" " + text.encode() + b" " + b"b" * 999,
    "JSON": lambda text: json.dumps({"a": text}).encode(),
    "JSON in JSON": lambda text: json.dumps({"a": json.dumps({"b": text})}).encode(),
    "JSON with raw letters": lambda text: json.dumps({"a": text}, ensure_ascii=False).encode(),
    "URL": lambda text: b"https://x.example/?a=" + quote(text, safe="").encode() + b"&b=1",
    "base64, alignment 0": b64(0),
    "base64, alignment 1": b64(1),
    "base64, alignment 2": b64(2),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()),
    "base64 in lines": wrapped,
    "base64 in lines in JSON": lambda text: json.dumps({"a": wrapped(text).decode()}).encode(),
}


def tar_of(name: str, content: bytes, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zip_of(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "file": lambda content: content,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "tar": lambda content: tar_of("a/b.json", content),
    "tar.gz": lambda content: tar_of("a/b.json", content, "w:gz"),
    "zip": lambda content: zip_of("index.js", content),
    "image": lambda content: tar_of("blobs/sha256/abc", tar_of("app/.env", content, "w:gz")),
    "tar in zip in tar.gz": lambda content: tar_of("o", zip_of("m", tar_of("i", content)), "w:gz"),
    "gzip in gzip": lambda content: gzip.compress(gzip.compress(content)),
}


SHAPED = [
    (kind, form)
    for kind in BY_SHAPE
    for form in FORMS
    # The shape of AWS's is the name before it, which needs a beginning in Base64 of its own.
    if form.startswith(("plain", "in the", "JSON", "base64"))
    and not (kind == "AWS secret access key" and form.startswith("base64"))
]


@pytest.mark.parametrize(("kind", "form"), SHAPED)
def test_secret_is_found_by_its_shape(tmp_path, kind, form):
    (tmp_path / "chunk.js").write_bytes(FORMS[form](BY_SHAPE[kind]))
    assert kind in {hit.kind for hit in look(tmp_path).hits}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "value", [VALUE, BY_SHAPE["Clerk secret key"], PEM.strip()], ids=["odd", "sk", "pem"]
)
def test_known_value_is_found_in_every_form(tmp_path, form, value):
    (tmp_path / "chunk.js").write_bytes(FORMS[form](value))
    assert "value 0" in {hit.kind for hit in look(tmp_path, value).hits}


@pytest.mark.parametrize("packing", PACKINGS)
def test_secret_is_found_in_every_packing(tmp_path, packing):
    content = b"x" * 100_000 + b" " + BY_SHAPE["Clerk secret key"].encode() + b" " + VALUE.encode()
    (tmp_path / "artifact").write_bytes(PACKINGS[packing](content))
    found = look(tmp_path, VALUE)
    assert {hit.kind for hit in found.hits} == {"Clerk secret key", "value 0"}
    assert found.unreadable == []


def test_place_and_offset_lead_to_the_secret(tmp_path):
    content = b"x" * 70 + b" " + BY_SHAPE["Clerk secret key"].encode()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "image.tar").write_bytes(PACKINGS["image"](content))
    (hit,) = look(tmp_path).hits
    assert hit.place == "sub/image.tar!blobs/sha256/abc!app/.env"
    assert hit.offset == 71


@pytest.mark.parametrize(
    "at", [CHUNK - 9, CHUNK - 1, CHUNK, CHUNK - OVERLAP, CHUNK - OVERLAP // 2 - 3, 2 * CHUNK]
)
def test_secret_on_the_border_of_two_pieces_is_found_once(tmp_path, at):
    secret = BY_SHAPE["Clerk secret key"].encode()
    content = b" " * at + secret + b" " * CHUNK
    (tmp_path / "large").write_bytes(content)
    hits = look(tmp_path, secret.decode()).hits
    assert [(hit.offset, hit.kind) for hit in hits] == [(at, "value 0")]


NO_SECRETS = [
    "sk_live_ sk_test_ whsec_ AKIA ghp_ github_pat_ -----BEGIN PRIVATE KEY----- -----END PRIVATE KEY-----",
    'if(k.startsWith("sk_live_")||k.startsWith("sk_test_"))throw Error("sk_live_...")',
    "pk_live_Y2xlcmsueW91cmFwcC5jb20k pk_test_Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk",
    "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "task_test_configuration1 disk_live_migration0123",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC\n-----END PUBLIC KEY-----",
    '"-----BEGIN PRIVATE KEY-----\\n" + key + "\\n-----END PRIVATE KEY-----"',
    "sk_test_xxxxxxxxxxxxxxxxxxxxxxxx ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "sk_live_***_production_clerk_secret_key sk_live_...",
]


@pytest.mark.parametrize("text", NO_SECRETS)
def test_what_is_no_secret_is_left_alone(tmp_path, text):
    (tmp_path / "a.js").write_text(text)
    (tmp_path / "b.js").write_bytes(base64.b64encode(text.encode()))
    assert look(tmp_path).hits == []


def test_random_bytes_hold_nothing(tmp_path):
    import random

    (tmp_path / "random").write_bytes(random.Random(1).randbytes(3_000_000))
    (tmp_path / "base64").write_bytes(base64.b64encode(random.Random(2).randbytes(3_000_000)))
    assert look(tmp_path).hits == []


def test_short_values_are_not_looked_for(tmp_path):
    (tmp_path / "a").write_text("true false 3000")
    assert look(tmp_path, "true", "3000").hits == []


def test_published_fixture_keys_are_no_secrets(monkeypatch):
    import hashlib

    body = PEM_BODY[:64].encode()
    assert list(shapes.find(PEM.encode()))
    monkeypatch.setitem(shapes._PUBLISHED_KEYS, hashlib.sha256(body).hexdigest(), "a fixture")
    assert list(shapes.find(PEM.encode())) == []


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"x" * 100_000)[:-12],
        zip_of("a", b"x" * 1000)[:-30],
        b"\x28\xb5\x2f\xfd" + b"zstd",
        tar_of("a", b"x" * 5_000)[:2_000],
    ],
    ids=["gzip", "zip", "zstd", "tar"],
)
def test_what_cannot_be_unpacked_is_told(tmp_path, content):
    (tmp_path / "broken").write_bytes(content)
    assert {place.partition("!")[0] for place, _ in look(tmp_path).unreadable} == {"broken"}


def test_endless_nesting_ends(tmp_path):
    content = b"x"
    for _ in range(12):
        content = gzip.compress(content)
    (tmp_path / "deep").write_bytes(content)
    assert "deep" in look(tmp_path).unreadable[0][0]


def test_archive_bomb_takes_bounded_memory(tmp_path):
    import tracemalloc

    (tmp_path / "bomb").write_bytes(gzip.compress(b"\0" * 60_000_000))
    tracemalloc.start()
    found = look(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.size == 60_000_000
    assert peak < 40_000_000


def test_links_are_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text(BY_SHAPE["Clerk secret key"])
    folder = tmp_path / "build"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    assert look(folder).hits == []


def test_image_of_the_engine_is_streamed(tmp_path, monkeypatch):
    archive = tmp_path / "saved.tar"
    archive.write_bytes(PACKINGS["image"](BY_SHAPE["Clerk secret key"].encode()))
    monkeypatch.setattr(scan_module, "save_command", lambda image: ["cat", str(archive)])
    assert [hit.kind for hit in scan("yourapp:1", ()).hits] == ["Clerk secret key"]


def test_unknown_artifact_is_a_usage_error(monkeypatch):
    monkeypatch.setattr(scan_module, "save_command", lambda image: ["false"])
    with pytest.raises(UnusableInputError):
        scan("no-such-image:1", ())
    assert scan_module.save_command is not None


def test_image_name_cannot_be_an_option():
    with pytest.raises(UnusableInputError):
        scan("--output=/tmp/x", ())


def run(*arguments: str, typed: str | None = None):
    return CliRunner().invoke(app, ["scan", *arguments], input=typed)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLERK_DEPLOY_ENVIRONMENT", raising=False)


def test_command_finds_values_typed_on_standard_input_and_shows_none(tmp_path):
    (tmp_path / "a.js").write_text(f"x {VALUE} y {BY_SHAPE['Clerk secret key']}")
    for flags in ([], ["--json"]):
        result = run(str(tmp_path), "--values-from-stdin", *flags, typed=f"DATABASE_PASSWORD={VALUE}\n")
        assert result.exit_code == 1
        assert "DATABASE_PASSWORD" in result.output
        assert VALUE not in result.output and "Planted" not in result.output


def test_command_ends_with_zero_on_a_clean_artifact(tmp_path):
    (tmp_path / "a.js").write_text("nothing here")
    result = run(str(tmp_path))
    assert result.exit_code == 0
    assert "no secret found" in result.output


def test_command_does_not_call_an_empty_or_unreadable_artifact_clean(tmp_path):
    assert run(str(tmp_path)).exit_code == 5
    (tmp_path / "broken.gz").write_bytes(gzip.compress(b"x" * 9_000)[:-20])
    assert run(str(tmp_path)).exit_code == 5


def test_command_refuses_empty_standard_input(tmp_path):
    (tmp_path / "a.js").write_text("x")
    assert run(str(tmp_path), "--values-from-stdin", typed="\n").exit_code == 2


def test_values_are_never_in_argv():
    assert subprocess.list2cmdline(scan_module.save_command("a:b")) == "docker save a:b"
