import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clerk_deploy.application.audit import audit
from clerk_deploy.application.repository import Repository, matches_ignore, open_repository
from clerk_deploy.application.rule import Level, all_rules, judge
from clerk_deploy.cli.root import app
from clerk_deploy.errors import UnreachableError, UnusableInputError
from tests.clerk_deploy.application.guide import FILES, write

WEB = Path(__file__).parents[3] / "web"
DOCKERFILE, COMPOSE = FILES["Dockerfile"], FILES["docker-compose.yml"]
AMPLIFY, PACKAGE = FILES["amplify.yml"], FILES["package.json"]
CONFIG = "next.config.mjs"
LIVE = "sk_live_" + "Planted1Planted2Planted3"


def found(folder: Path) -> dict[str, list[str]]:
    judged = judge(open_repository(folder), all_rules())
    return {
        each.rule.id: [str(mistake.found) for mistake in each.mistakes] for each in judged if each.mistakes
    }


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    return write(tmp_path)


OF_THE_GUIDE = {
    "secrets.next_env": "CLERK_SECRET_KEY",
    "secrets.tracked_env": "CLERK_SECRET_KEY",
    "secrets.in_argv": "password",
    "ignores.git": ".env.production",
    "ignores.docker": "none",
    "next.standalone": "standalone",
    "next.powered_by": "poweredByHeader",
    "next.api_caching": "no-store",
    "next.security_headers": "content-security-policy",
    "dockerfile.build_arguments": "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY",
    "dockerfile.base_image": "node:18",
    "dockerfile.public_folder": "public",
    "dockerfile.hostname": "HOSTNAME",
    "dockerfile.health_check": "HEALTHCHECK",
    "compose.secret_variable": "CLERK_SECRET_KEY",
    "compose.blank_override": "env_file",
    "compose.build_arguments": "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY",
    "compose.image_tag": "without a tag",
    "compose.version": "version",
    "compose.down_up": "down",
    "amplify.cache": "node_modules",
    "amplify.runtime_variables": ".env.production",
    "runtime.health_route": "health",
    "runtime.secret_reader": "none",
    "runtime.log_lines": "structured",
    "runtime.tenant_from_request": "tenant",
    "runtime.example_variables": "PUBLISHABLE",
    "dependencies.next_on_amplify": "16.4.5",
    "dependencies.node": "Node",
}
"""Every mistake that the guide makes or warns of, as its own snippets show it."""


@pytest.mark.parametrize("rule", OF_THE_GUIDE)
def test_each_of_the_guides_mistakes_is_found(guide, rule):
    assert OF_THE_GUIDE[rule] in " ".join(found(guide)[rule])


def test_social_client_ids_are_missed_in_the_dockerfile_too(guide):
    told = found(guide)["dockerfile.build_arguments"][0]
    for name in ("GOOGLE_CLIENT_ID", "FACEBOOK_APP_ID", "GITHUB_CLIENT_ID"):
        assert name in told


def test_nothing_else_is_found_in_the_guide(guide):
    assert set(found(guide)) == set(OF_THE_GUIDE)


def test_reference_application_has_none_of_them():
    mistakes = found(WEB)
    # Amplify's documentation does not list Next 16 yet: a warning that stays until it does.
    assert set(mistakes) - {"dependencies.next_on_amplify"} == set()


def changed(tmp_path: Path, **changes: str | None) -> dict[str, list[str]]:
    return found(write(tmp_path, **changes))


MENDED = {
    "secrets.next_env": {CONFIG: "export default { env: { NEXT_PUBLIC_A: process.env.A } };"},
    "secrets.tracked_env": {".env.production": None},
    "secrets.in_argv": {"scripts/smoke.sh": "clerk-deploy verify\n"},
    "ignores.git": {".gitignore": "node_modules/\n.next/\n.env*\n!.env.example\n"},
    "ignores.docker": {".dockerignore": ".env*\n.git\nnode_modules\n.next\n"},
    "next.standalone": {CONFIG: "export default { output: 'standalone' };"},
    "next.powered_by": {CONFIG: "export default { poweredByHeader: false };"},
    "next.api_caching": {CONFIG: "export default { headers: () => [{ value: 'no-store' }] };"},
    "next.security_headers": {
        "proxy.ts": "const h = ['Content-Security-Policy', 'X-Content-Type-Options', 'Referrer-Policy'];"
    },
    "dockerfile.base_image": {"Dockerfile": DOCKERFILE.replace("node:18-alpine", "node:22-alpine")},
    "dockerfile.public_folder": {"public/robots.txt": "User-agent: *\n"},
    "dockerfile.hostname": {"Dockerfile": DOCKERFILE.replace("ENV PORT", "ENV HOSTNAME=0.0.0.0\nENV PORT")},
    "dockerfile.health_check": {"Dockerfile": DOCKERFILE + 'HEALTHCHECK CMD ["node", "check.mjs"]\n'},
    "compose.version": {"docker-compose.yml": COMPOSE.replace("version: '3.8'", "")},
    "compose.image_tag": {
        "docker-compose.yml": COMPOSE.replace("    build:", "    image: app:${TAG:?}\n    build:")
    },
    "compose.secret_variable": {
        "docker-compose.yml": COMPOSE.replace("CLERK_SECRET_KEY=", "CLERK_SECRET_KEY_FILE=")
    },
    "compose.blank_override": {
        "docker-compose.yml": COMPOSE.replace("env_file:\n      - .env.production", "init: true")
    },
    "compose.down_up": {"scripts/rollback.sh": None},
    "amplify.cache": {"amplify.yml": AMPLIFY.replace("node_modules/**/*", ".npm/**/*")},
    "amplify.runtime_variables": {
        "amplify.yml": AMPLIFY.replace(
            "- npm run build", "- env | grep -e '^CLERK_API_URL=' >> .env.production\n        - npm run build"
        )
    },
    "runtime.health_route": {"app/api/health/route.ts": "export const GET = () => Response.json({});"},
    "runtime.secret_reader": {"instrumentation.ts": "import { SecretsManagerClient } from '@aws-sdk/x';"},
    "runtime.log_lines": {"lib/log.ts": "process.stdout.write(JSON.stringify(line) + '\\n');"},
    "runtime.tenant_from_request": {
        "app/api/documents/route.ts": "const t = (await auth()).orgId; r.headers.get('x-tenant-id') === t;"
    },
    "runtime.example_variables": {".env.example": "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=\n"},
    "dependencies.node": {".nvmrc": "22\n"},
}  # fmt: skip


@pytest.mark.parametrize("rule", MENDED)
def test_mended_mistake_is_gone(tmp_path, rule):
    assert rule not in changed(tmp_path, **MENDED[rule])


OTHERS = {
    "secrets.in_sources": {"lib/clerk.ts": f"export const key = '{LIVE}';\n"},
    "secrets.public_name": {"lib/a.ts": "const k = process.env.NEXT_PUBLIC_CLERK_SECRET_KEY;\n"},
    "secrets.in_client": {"app/a.tsx": "'use client';\nconst k = process.env.CLERK_SECRET_KEY;\n"},
    "ignores.build": {".gitignore": ".env*\n"},
    "next.source_maps": {CONFIG: "export default { productionBrowserSourceMaps: true };"},
    "dockerfile.secret_argument": {
        "Dockerfile": DOCKERFILE.replace("ARG NEXT_PUBLIC_TENANT_ID", "ARG CLERK_SECRET_KEY")
    },
    "dockerfile.user": {"Dockerfile": DOCKERFILE.replace("USER nextjs", "USER root")},
    "amplify.secret_in_artifact": {
        "amplify.yml": AMPLIFY.replace(
            "- npm run build", '- echo "CLERK_SECRET_KEY=$CLERK_SECRET_KEY" >> .env.production'
        )
    },
    "amplify.base_directory": {"amplify.yml": AMPLIFY.replace("baseDirectory: .next", "baseDirectory: out")},
    "runtime.logged_secrets": {"lib/a.ts": "console.log('signing in', email, password);\n"},
    "dependencies.lock": {"package-lock.json": None},
    "dependencies.next": {"package.json": PACKAGE.replace("16.4.5", "14.1.0")},
    "dependencies.proxy": {"package.json": PACKAGE.replace("16.4.5", "15.5.0"), "proxy.ts": "export {};"},
    "dependencies.clerk": {"package.json": PACKAGE.replace("3.25.0", "0.38.0")},
}  # fmt: skip


@pytest.mark.parametrize("rule", OTHERS)
def test_other_mistakes_are_found_and_only_where_they_are(tmp_path, rule):
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()
    assert rule not in changed(tmp_path / "good")
    assert rule in changed(tmp_path / "bad", **OTHERS[rule])


def test_every_rule_is_tried_both_ways():
    assert set(OF_THE_GUIDE) | set(OTHERS) == {rule.id for rule in all_rules()}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("secrets.next_env", {CONFIG: "// env: { CLERK_SECRET_KEY: process.env.X }\nexport default {};"}),
        ("secrets.next_env", {CONFIG: "export default { env: { KEY_ID: '1', SECRETS_ARN: '2' } };"}),
        ("secrets.in_sources", {"lib/a.ts": "key.startsWith('sk_live_'); 'sk_test_xxxxxxxxxxxxxxxx';"}),
        ("secrets.in_sources", {"README.md": "CLERK_SECRET_KEY=sk_test_your_secret_key_here\n"}),
        ("secrets.in_sources", {"tests/a.test.ts": f"const key = '{LIVE}';"}),
        ("secrets.public_name", {"lib/a.ts": "process.env.NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY"}),
        ("secrets.in_client", {"app/a.tsx": "// 'use client'\nconst k = process.env.CLERK_SECRET_KEY;"}),
        ("runtime.logged_secrets", {"lib/a.ts": "console.log('the password was wrong', user.id);"}),
        ("runtime.logged_secrets", {"lib/a.ts": "// console.log(password)\n"}),
        ("dependencies.proxy", {"proxy.ts": "export {};"}),
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(tmp_path, rule, changes):
    assert rule not in changed(tmp_path, **changes)


def test_place_of_a_mistake_is_its_line(guide):
    judged = {each.rule.id: each for each in judge(open_repository(guide), all_rules())}
    mistake = judged["secrets.next_env"].mistakes[0]
    assert (mistake.file, mistake.line) == ("next.config.mjs", 3)


def test_value_of_a_key_is_never_shown(tmp_path):
    write(tmp_path, **{"lib/clerk.ts": f"export const key = '{LIVE}';\n"})
    for flags in ([], ["--json"]):
        result = CliRunner().invoke(app, ["app", "check", str(tmp_path), *flags])
        assert result.exit_code == 1
        assert LIVE not in result.output and "Planted" not in result.output


def test_folder_without_git_is_checked_too(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    repository = Repository(tmp_path, git=lambda folder, arguments: (128, ""))
    names = {each.rule.id for each in judge(repository, all_rules()) if each.mistakes}
    assert names == set(OF_THE_GUIDE)


def test_application_in_a_monorepo_is_found(tmp_path):
    (tmp_path / "apps" / "web").mkdir(parents=True)
    write(tmp_path / "apps" / "web")
    assert open_repository(tmp_path).root == tmp_path / "apps" / "web"
    (tmp_path / "apps" / "admin").mkdir()
    (tmp_path / "apps" / "admin" / "package.json").write_text('{"dependencies": {"next": "16.4.5"}}')
    with pytest.raises(UnusableInputError, match="several"):
        open_repository(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"dependencies": []}', '{"dependencies": {"react": "19"}}'])
def test_what_is_no_next_application_is_a_usage_error(tmp_path, text):
    (tmp_path / "package.json").write_text(text)
    result = CliRunner().invoke(app, ["app", "check", str(tmp_path)])
    assert result.exit_code == 2, result.output


@pytest.mark.parametrize(
    "broken",
    [
        {"amplify.yml": "\t: ["},
        {"docker-compose.yml": "services: [1, 2]"},
        {"docker-compose.yml": "services:\n  a: 7\n  b:\n    build: .\n    environment: 3\n"},
        {"Dockerfile": "FROM\nCOPY \\\n"},
        {CONFIG: "export default { env: {"},
        {"package.json": '{"dependencies": {"next": "latest"}, "engines": 7, "scripts": []}'},
        {"amplify.yml": "applications: []\n"},
    ],
)
def test_broken_files_end_in_mistakes_never_in_a_crash(tmp_path, broken):
    changed(tmp_path, **broken)


@pytest.mark.parametrize(
    ("patterns", "name", "expected"),
    [
        (".env*", ".env.production", True),
        (".env*\n!.env.example", ".env.example", False),
        (".env", ".env.production", False),
        ("**/.env*", ".env.local", True),
        ("node_modules/", "node_modules/x", True),
        ("/node_modules", "node_modules/x", True),
        ("# .env*", ".env", False),
        (".env.*", ".env", False),
    ],
)
def test_ignore_patterns_are_read_as_git_reads_them(patterns, name, expected, tmp_path):
    assert matches_ignore(patterns, name) is expected
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text(patterns)
    assert Repository(tmp_path).ignores(name) is expected


def test_repository_cannot_make_git_run_a_program(tmp_path):
    write(tmp_path)
    proof = tmp_path / "proof"
    hook = tmp_path / "monitor.sh"
    hook.write_text(f"#!/bin/sh\ntouch {proof}\n")
    hook.chmod(0o755)
    subprocess.run(["git", "config", "core.fsmonitor", str(hook)], cwd=tmp_path, check=True)
    found(tmp_path)
    assert not proof.exists()


def test_audit_tells_serious_holes_alone(guide):
    holes = {"a": {"severity": "high", "range": "<2"}, "b": {"severity": "low", "range": "*"}}
    judged = audit(open_repository(guide), ask=lambda folder, command: json.dumps({"vulnerabilities": holes}))
    assert [mistake.found for mistake in judged.mistakes] == ["a <2: high"]
    assert judged.rule.level is Level.ERROR


@pytest.mark.parametrize("answer", ["", "{}", '{"error": {"code": "ENOLOCK"}}', "[]"])
def test_audit_that_was_not_answered_is_no_pass(guide, answer):
    with pytest.raises(UnreachableError):
        audit(open_repository(guide), ask=lambda folder, command: answer)
