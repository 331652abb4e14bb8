"""Asking DNS. dnspython is imported only here, and only when a lookup is made."""

from collections.abc import Callable

from clerk_deploy.verification.http import NoAnswerError

Lookup = Callable[[str, str], tuple[str, ...]]


def lookup_with(resolver: str, *, port: int = 53, timeout: float = 5.0) -> Lookup:
    """A function that asks one DNS server.

    Args:
        resolver: Its address; empty: the machine's own.
        port: Its port.
        timeout: Seconds for one question.
    """

    def lookup(name: str, kind: str) -> tuple[str, ...]:
        import dns.exception
        import dns.resolver

        try:
            asker = dns.resolver.Resolver(configure=not resolver)
            if resolver:
                asker.nameservers = [resolver]
                asker.port = port
            answer = asker.resolve(name, kind, lifetime=timeout, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return ()
        except (dns.exception.DNSException, OSError, ValueError) as error:
            reason = type(error).__name__
            raise NoAnswerError(f"no DNS server told {kind} of {name}: {reason}", host="dns") from None
        return tuple(str(record).rstrip(".").lower() for record in answer)

    return lookup
