"""Asking other servers for JSON, so that nobody can turn this server against the network that it stands in.

Only HTTPS to public addresses, unless the operator named the host or its network in `AIMS_ALLOWED_TARGETS`. The address that
was checked is the one that is connected to, so a name that changes its mind between both finds nothing. No redirects, no
credentials in the address, an end to time and size.
"""

import http.client
import json
import socket
import ssl
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import SplitResult, urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

CONNECT_SECONDS: Final = 5.0
WHOLE_SECONDS: Final = 15.0
MOST_BYTES: Final = 2 * 2**20
PORTS: Final = {"http": 80, "https": 443}
NAT64: Final = ip_network("64:ff9b::/96")

Address = IPv4Address | IPv6Address


class AskingFailed(Exception):
    """No usable answer: a sentence for whoever set the question up."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a question goes."""

    scheme: str
    host: str
    port: int
    path: str
    is_allowed: bool
    """Named by the operator, so that its address may be one of the own network and its scheme plain HTTP."""


def target_of(url: str) -> Target:
    """The address in parts; AskingFailed when it may not be asked, as far as that shows without looking the name up."""
    try:
        parts: SplitResult = urlsplit(url.strip())
        port = parts.port or PORTS.get(parts.scheme, 0)
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except (ValueError, UnicodeError):
        raise AskingFailed(_("This is no address. Give one such as https://prometheus.example.org.")) from None
    if parts.scheme not in PORTS or not host or any(not " " < character < "\x7f" for character in url.strip()):
        raise AskingFailed(_("This is no address. Give one such as https://prometheus.example.org."))
    if parts.username is not None or parts.password is not None:
        raise AskingFailed(_("An address with a name and a password is not asked. Leave both out."))
    if parts.query or parts.fragment:
        raise AskingFailed(_("Give the address without a question mark or a number sign."))
    target = Target(parts.scheme, host, port, parts.path.rstrip("/"), is_named(host, port))
    literal = literal_of(host)
    if literal is not None:
        refuse_own_network(target, literal)
    if parts.scheme == "http" and not (target.is_allowed or (literal and is_in_allowed_network(literal))):
        raise AskingFailed(_("Plain HTTP is asked only where the operator allows it. Use https://."))
    return target


def is_named(host: str, port: int) -> bool:
    return bool({host, f"{host}:{port}"} & {entry.lower() for entry in settings.ALLOWED_TARGETS})


def is_in_allowed_network(address: Address) -> bool:
    for entry in settings.ALLOWED_TARGETS:
        try:
            network = ip_network(entry, strict=False)
        except ValueError:
            continue
        if address.version == network.version and address in network:
            return True
    return False


def literal_of(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def refuse_own_network(target: Target, address: Address) -> None:
    """SECURITY: loopback, private and link-local addresses, also in the disguises that IPv6 has for them."""
    plain = getattr(address, "ipv4_mapped", None) or address
    disguised = isinstance(plain, IPv6Address) and (plain.sixtofour or plain.teredo or plain in NAT64)
    is_public = plain.is_global and not plain.is_multicast and not disguised
    if not (is_public or target.is_allowed or is_in_allowed_network(plain)):
        raise AskingFailed(
            _("%s lies in a network that is not asked. The operator can allow it in AIMS_ALLOWED_TARGETS.")
            % target.host[:100]
        )


def addresses_of(target: Target) -> list[str]:
    """What the name leads to now; every one of its addresses must be permitted."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AskingFailed(_("The name %s leads nowhere.") % target.host[:100]) from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        refuse_own_network(target, ip_address(address.partition("%")[0]))
    if target.scheme == "http" and not target.is_allowed:
        for address in addresses:
            if not is_in_allowed_network(ip_address(address.partition("%")[0])):
                raise AskingFailed(_("Plain HTTP is asked only where the operator allows it. Use https://."))
    return addresses


def get_json(url: str, path: str, parameters: dict[str, str]) -> Any:
    """The JSON that the server answers; AskingFailed says why there is none."""
    target = target_of(url)
    deadline = time.monotonic() + WHOLE_SECONDS
    address = addresses_of(target)[0]
    connection = Connection(target, address)
    try:
        connection.request(
            "GET",
            f"{target.path}{path}?{urlencode(parameters)}",
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "AIMS"},
        )
        response = connection.getresponse()
        if response.status != 200:
            raise AskingFailed(_("The server answered %d.") % response.status)
        content = read(response, connection, deadline)
    except AskingFailed:
        raise
    except (OSError, http.client.HTTPException) as error:
        words = {"host": target.host[:100], "error": type(error).__name__}
        raise AskingFailed(_("%(host)s did not answer (%(error)s).") % words) from None
    finally:
        connection.close()
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise AskingFailed(_("The answer is not JSON.")) from None


def read(response: http.client.HTTPResponse, connection: "Connection", deadline: float) -> bytes:
    """The whole answer, unless it is too long or too slow."""
    parts: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise AskingFailed(_("The answer took longer than %d seconds.") % WHOLE_SECONDS)
        if connection.sock is not None:
            connection.sock.settimeout(min(left, CONNECT_SECONDS))
        part = response.read1(65_536)
        if not part:
            return b"".join(parts)
        size += len(part)
        if size > MOST_BYTES:
            raise AskingFailed(_("The answer is larger than %d MB.") % (MOST_BYTES // 2**20))
        parts.append(part)


class Connection(http.client.HTTPConnection):
    """A connection to the address that was checked, by the name that was asked for."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self.target, self.address = target, address

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.target.port), CONNECT_SECONDS)
        if self.target.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self.target.host)
        else:
            self.sock = plain
