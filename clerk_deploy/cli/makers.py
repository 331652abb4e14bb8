"""Ids and tokens from the system's randomness."""

import secrets
import uuid
from typing import Final

from clerk_deploy.environment.push import Makers

MAKERS: Final = Makers(version_id=lambda: str(uuid.uuid4()), token=lambda: secrets.token_hex(16))
