"""The function keeps to the part of JavaScript that CloudFront runs."""

import subprocess
from pathlib import Path

import pytest

from stacks.edge.router import CODE

LINT = Path(__file__).with_name("language.cjs")

REFUSED = {
    "optional chaining": "const a = cf?.kvs;",
    "nullish": "const a = cf ?? 1;",
    "logical assignment": "let a = 1; a ||= 2;",
    "spread": "const a = [...JSON.parse('[]')];",
    "destructuring": "const [a] = JSON.parse('[]');",
    "object destructuring": "const { a: b } = cf;",
    "default parameter": "function f(a = 1) { return a; }",
    "class": "class A {}",
    "for-of": "for (const a of []) {}",
    "generator": "function* f() {}",
    "nameless catch": "try { cf.kvs(); } catch { cf.kvs(); }",
    "async closure": "const f = async function () {};",
    "async arrow": "const f = async () => 1;",
    "nested async": "function f() { async function g() {} return g; }",
    "async argument": "async function f() { return String(await cf.kvs()); }",
    "await at the top": "const v = String(await cf.kvs());",
    "short property": "const a = 1; const b = { a };",
    "BigInt": "const a = 1n;",
    "other import": "import x from 'crypto-js';",
    "require": "const a = require('crypto');",
    "eval": "eval('1');",
    "Function": "const a = new Function('return 1');",
    "timer": "setTimeout(handler, 1);",
    "process": "const a = process.env;",
    "fetch": "fetch('https://example.com');",
    "combinator": "Promise.all([]);",
    "undeclared": "a = b;",
    "missing method": "[1].at(0);",
    "tagged template": "String.raw`x`;",
}


def lint(source: str, *, node: str) -> list[str]:
    command = [node, "--expose-internals", str(LINT)]
    finished = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return finished.stdout.splitlines()


def test_the_function_uses_nothing_that_cloudfront_lacks(node: str) -> None:
    assert lint(CODE.read_text(encoding="utf-8"), node=node) == []


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED.keys())
def test_refused(line: str, node: str) -> None:
    assert lint(f"import cf from 'cloudfront';\n{line}\nfunction handler() {{}}\n", node=node) != []
