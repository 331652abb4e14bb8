"""The package runs in Lambdas, which carry urllib3 and boto3 and nothing else."""

import pkgutil
import subprocess
import sys

import clerk_deploy.verification

BLOCKED = (
    "pydantic", "rich", "typer", "httpx", "cryptography", "joserfc", "dotenv", "yaml", "dns", "boto3",
)  # fmt: skip


def test_every_module_imports_without_what_a_lambda_lacks():
    names = [
        module.name
        for module in pkgutil.walk_packages(
            clerk_deploy.verification.__path__, prefix="clerk_deploy.verification."
        )
    ]
    assert len(names) > 30
    program = (
        "import sys\n"
        f"for name in {BLOCKED!r}: sys.modules[name] = None\n"
        "import importlib\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "from clerk_deploy.verification.registry import all_checks\n"
        "print(len(all_checks()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 60
