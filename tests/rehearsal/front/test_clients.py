"""Real clients reach the production names through their own variables and flags."""

import json
import os
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from rehearsal.front.clients import browser_flags

NODE = Path(sys.executable).parent / "node"

PYTHON_URLLIB = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1]).read().decode())
"""
NODE_FETCH = "fetch(process.argv[1]).then(r => r.text()).then(t => console.log(t))"
BOTO3_STORE = """
import sys, boto3
client = boto3.client("cloudfront-keyvaluestore", endpoint_url=f"http://localhost:{sys.argv[1]}",
    region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
try:
    client.get_key(KvsARN="arn:aws:cloudfront::123456789012:key-value-store/x", Key="state")
except client.exceptions.ClientError as error:
    print(error.response["ResponseMetadata"]["HTTPStatusCode"])
"""


def run(command: list[str], variables: dict[str, str]) -> str:
    environ = {"PATH": os.environ["PATH"], **variables}
    result = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("host", ["yourapp.com", "slot-a.d123.amplifyapp.com"])
@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize(
    "command",
    [
        ["curl", "-sS", "--fail"],
        [sys.executable, "-c", PYTHON_URLLIB],
        [str(NODE), "-e", NODE_FETCH],
    ],
    ids=["curl", "urllib", "node"],
)
def test_client_reaches_the_name_with_its_scheme(running, command, scheme, host):
    answer = json.loads(run([*command, f"{scheme}://{host}/a%2Fb?c=%20d"], running.variables))
    assert answer["host"] == host
    assert answer["scheme"] == scheme
    assert answer["path"] == "/a%2Fb?c=%20d"


def test_httpx_reaches_the_name(running):
    variables = running.variables
    trust = ssl.create_default_context(cafile=variables["SSL_CERT_FILE"])
    with httpx.Client(proxy=variables["HTTPS_PROXY"], verify=trust) as client:
        answers = [client.get("https://yourapp.com/").json() for _ in range(20)]
    assert {answer["app"] for answer in answers} == {"exact"}


def test_account_prefixed_endpoint_of_the_key_value_store_leads_to_loopback(running):
    # The plain server refuses the host; that it was reached is what is wanted.
    output = run([sys.executable, "-c", BOTO3_STORE, str(running.front.http_port)], running.variables)
    assert output.strip() == "421"


@pytest.mark.browser
def test_chromium_trusts_the_authority_by_its_key(running, tmp_path):
    flags = browser_flags(proxy_port=running.front.proxy_port, key_hash=running.authority.key_hash)
    common = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    output = run([*common, *flags, "--dump-dom", "https://slot-b.d123.amplifyapp.com/"], {})
    assert '"host":"slot-b.d123.amplifyapp.com"' in output
