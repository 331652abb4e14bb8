"""IAM for Amplify: without these three registrations ministack lets every role call it."""

from typing import Any

from ministack.core import iam_actions, router


def register() -> None:
    """Route Amplify's requests, name their IAM actions, and name the resources that they touch."""
    router.SERVICE_PATTERNS["amplify"] = {
        "host_patterns": [r"^amplify\."],
        "credential_scope": "amplify",
    }
    iam_actions.SERVICE_TO_IAM_NAMESPACE["amplify"] = "amplify"
    iam_actions._BOTOCORE_SERVICE_MAP["amplify"] = ["amplify"]
    original = iam_actions.extract_resource_arn

    def extract(
        service: str, method: str, path: str, headers: Any, body: Any, query: Any, region: str, account: str
    ) -> Any:
        if service == "amplify" and path.startswith("/apps/"):
            resource = path.strip("/").removesuffix("/stop")
            # StartJob and ListJobs act on the collection: AWS checks them against jobs/*.
            collection = "/*" if resource.endswith("/jobs") else ""
            return f"arn:aws:amplify:{region}:{account}:{resource}{collection}"
        return original(service, method, path, headers, body, query, region, account)

    iam_actions.extract_resource_arn = extract
