"""A secret created without a value has no version on AWS; ministack gives it an empty one."""

from typing import Any

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

TYPE = "AWS::SecretsManager::Secret"


def apply() -> None:
    """Take the empty version away, so that reading the secret says ResourceNotFoundException."""
    original = provisioners._RESOURCE_HANDLERS[TYPE]["create"]

    def create(logical: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        physical, attributes = original(logical, properties, stack)
        if "SecretString" not in properties and "GenerateSecretString" not in properties:
            secret = next(one for one in secretsmanager._secrets.values() if one["ARN"] == attributes["Arn"])
            if [version["SecretString"] for version in secret["Versions"].values()] != [""]:
                raise RuntimeError("ministack makes no empty version any more: delete this patch")
            secret["Versions"] = {}
        return physical, attributes

    provisioners._RESOURCE_HANDLERS[TYPE]["create"] = create
