"""SIGNOFF_INBOX_AUTH: who says who somebody is, where it is not a single-use link."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from pydantic import BaseModel, ConfigDict

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class ProxyAuth(BaseModel):
    """A proxy that has checked who somebody is, and says so in a header of each request."""

    model_config = ConfigDict(frozen=True)

    header: str
    peers: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK
    """Addresses from which it is believed, and from no other."""

    def trusts(self, address: str) -> bool:
        """Whether a connection from there is the proxy's."""
        try:
            peer = ip_address(address)
        except ValueError:
            return False
        # A socket that takes both families shows an IPv4 peer as ::ffff:10.0.0.5.
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return any(peer in network for network in self.peers)

    def __str__(self) -> str:
        """As the setting has it."""
        peers = "" if self.peers == LOOPBACK else "@" + ",".join(str(one) for one in self.peers)
        return f"header:{self.header}{peers}"


def parse_inbox_auth(text: str) -> ProxyAuth:
    """`header:NAME`, or `header:NAME@ADDRESS,ADDRESS`. Raises ValueError with the words that follow the setting."""
    kind, _, rest = text.partition(":")
    name, at, peers = rest.partition("@")
    if kind != "header" or not re.fullmatch(r"[A-Za-z0-9-]{1,100}", name) or (at and not peers):
        raise ValueError("must be header:NAME or header:NAME@ADDRESS,ADDRESS, like header:X-Forwarded-User@10.0.0.5")
    return ProxyAuth(header=name, peers=tuple(map(_network, peers.split(",")))) if at else ProxyAuth(header=name)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip())
    except ValueError:
        raise ValueError(f'holds "{text.strip()}", which is no IP address or network, like 10.0.0.5') from None
