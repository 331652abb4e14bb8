"""DynamoDB in this process, with ministack's own evaluation of expressions: conditions are really tried."""

import itertools
import json
from typing import Any

from botocore.exceptions import ClientError
from ministack.core.responses import request_scope
from ministack.services import dynamodb

_numbers = itertools.count()


class InProcessDynamoDb:
    """What is used of boto3's `dynamodb` client."""

    def __init__(self) -> None:
        self.table = f"ledger-{next(_numbers)}"
        self._call(
            dynamodb._create_table,
            {
                "TableName": self.table,
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "AttributeDefinitions": [
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )

    def get_item(self, **arguments: Any) -> Any:
        return self._call(dynamodb._get_item, arguments)

    def put_item(self, **arguments: Any) -> Any:
        return self._call(dynamodb._put_item, arguments)

    def update_item(self, **arguments: Any) -> Any:
        return self._call(dynamodb._update_item, arguments)

    def delete_item(self, **arguments: Any) -> Any:
        return self._call(dynamodb._delete_item, arguments)

    def query(self, **arguments: Any) -> Any:
        return self._call(dynamodb._query, arguments)

    def transact_write_items(self, **arguments: Any) -> Any:
        return self._call(dynamodb._transact_write_items, arguments)

    def _call(self, function: Any, arguments: dict[str, Any]) -> Any:
        with request_scope("123456789012", "us-east-1"):
            status, _, body = function(json.loads(json.dumps(arguments)))
        document = json.loads(body or b"{}")
        if status >= 400:
            code = str(document.get("__type", "unknown")).rsplit("#", 1)[-1]
            raise ClientError(
                {
                    "Error": {"Code": code, "Message": str(document)},
                    "ResponseMetadata": {"HTTPStatusCode": status},
                },
                function.__name__,
            )
        return document
