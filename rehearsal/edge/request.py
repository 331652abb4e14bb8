"""A viewer's request on its way through the edge."""

from dataclasses import dataclass

Fields = tuple[tuple[str, str], ...]
"""Header fields in their order; names in lower case."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request without its body.

    Args:
        method: The method.
        scheme: `http` or `https`.
        host: The Host header without its port, lower-case.
        path: The path as sent, percent-encoded.
        query: The query as sent, without the question mark.
        fields: Its header fields.
        address: The client's address.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str
    fields: Fields
    address: str

    def header(self, name: str) -> str | None:
        """The header's value, several joined by commas; None when absent."""
        values = [value for key, value in self.fields if key == name]
        return ", ".join(values) if values else None

    @property
    def cookies(self) -> list[tuple[str, str]]:
        """Cookies in their order, values as sent."""
        pairs = []
        for name, value in self.fields:
            if name == "cookie":
                for part in value.split(";"):
                    key, _, content = part.strip().partition("=")
                    if key:
                        pairs.append((key, content))
        return pairs

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Query parameters in their order, as sent; `a` and `a=` are the same here."""
        return [(part.partition("=")[0], part) for part in self.query.split("&") if part]
