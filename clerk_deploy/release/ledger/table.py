"""The ledger's DynamoDB table: plain values in and out, conditions by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

Item = dict[str, Any]


class ConditionFailedError(Exception):
    """A conditional write found something else than it expected; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What must hold for a write.

    Args:
        text: DynamoDB's expression; names as `#name`, values as `:name`.
        values: Value by name, without the colon.
    """

    text: str
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Put:
    """One item of a transaction."""

    item: Item
    condition: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """Some attributes of one item, in a transaction."""

    pk: str
    sk: str
    values: Mapping[str, Any]
    condition: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table with the keys `pk` and `sk`. Every read is consistent.

    Args:
        client: boto3's `dynamodb` client.
        name: The table's name.
    """

    client: Any
    name: str

    def get(self, pk: str, sk: str) -> Item | None:
        """An item, or None."""
        answer = self.client.get_item(TableName=self.name, Key=_encode(_key(pk, sk)), ConsistentRead=True)
        return _decode(answer["Item"]) if answer.get("Item") else None

    def query(self, pk: str, *, newest_first: bool = False, limit: int = 1000) -> list[Item]:
        """The items of a partition, in the order of `sk`."""
        answer = self.client.query(
            TableName=self.name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=_encode({":pk": pk}),
            ScanIndexForward=not newest_first,
            Limit=limit,
            ConsistentRead=True,
        )
        return [_decode(item) for item in answer["Items"]]

    def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write an item whole.

        Raises:
            ConditionFailedError: The condition does not hold.
        """
        self._run(self.client.put_item, Item=_encode(item), **_conditional(condition))

    def update(
        self, pk: str, sk: str, values: Mapping[str, Any], *, condition: Condition | None = None
    ) -> None:
        """Write some attributes of an item; the others stay.

        Raises:
            ConditionFailedError: The condition does not hold.
        """
        self._run(self.client.update_item, **_change(pk, sk, values, condition))

    def delete(self, pk: str, sk: str) -> None:
        """Take an item away."""
        self._run(self.client.delete_item, Key=_encode(_key(pk, sk)))

    def write_all(self, writes: Sequence[Put | Change]) -> None:
        """Write several items, all or none.

        Raises:
            ConditionFailedError: One of the conditions does not hold.
        """
        try:
            self.client.transact_write_items(TransactItems=[self._part(each) for each in writes])
        except ClientError as error:
            if error.response["Error"]["Code"] == "TransactionCanceledException":
                raise ConditionFailedError from None
            raise

    def _part(self, write: Put | Change) -> dict[str, Any]:
        if isinstance(write, Put):
            put = {"TableName": self.name, "Item": _encode(write.item), **_conditional(write.condition)}
            return {"Put": put}
        change = _change(write.pk, write.sk, write.values, write.condition)
        return {"Update": {"TableName": self.name, **change}}

    def _run(self, call: Any, **arguments: Any) -> None:
        try:
            call(TableName=self.name, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise ConditionFailedError from None
            raise


def _key(pk: str, sk: str) -> Item:
    return {"pk": pk, "sk": sk}


def _change(pk: str, sk: str, values: Mapping[str, Any], condition: Condition | None) -> dict[str, Any]:
    sets = ", ".join(f"#{name} = :{name}" for name in values)
    return {
        "Key": _encode(_key(pk, sk)),
        "UpdateExpression": f"SET {sets}",
        **_conditional(condition, values),
    }


def _conditional(condition: Condition | None, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    all_values = {**(values or {}), **(condition.values if condition else {})}
    words = condition.text.replace("(", " ").replace(")", " ").split() if condition else []
    names = {word.strip(",") for word in words if word.startswith("#")} | {
        f"#{name}" for name in values or {}
    }
    found: dict[str, Any] = {}
    if condition:
        found["ConditionExpression"] = condition.text
    if names:
        found["ExpressionAttributeNames"] = {name: name[1:] for name in sorted(names)}
    if all_values:
        found["ExpressionAttributeValues"] = _encode(
            {f":{name}": value for name, value in all_values.items()}
        )
    return found


def _encode(values: Mapping[str, Any]) -> dict[str, Any]:
    write = TypeSerializer()
    return {name: write.serialize(_to_decimal(value)) for name, value in values.items()}


def _decode(item: Mapping[str, Any]) -> Item:
    read = TypeDeserializer()
    return {name: _from_decimal(read.deserialize(value)) for name, value in item.items()}


def _to_decimal(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {name: _to_decimal(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_to_decimal(inner) for inner in value]
    return value


def _from_decimal(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _from_decimal(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_from_decimal(inner) for inner in value]
    return value
