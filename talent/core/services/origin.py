"""From which address a request comes, also behind our own proxies; and how often that address may try something.

`X-Forwarded-For` is written by whoever likes to, so it is believed only when a trusted proxy hands it over
(`TRUSTED_PROXIES`), and then read from the right: each trusted proxy vouches for the hop before it, and the first
address that is no proxy of ours is the visitor. What stands left of it the visitor may have invented. Every user of an
address asks here: audit rows, the lock after failed sign-ins, hourly limits.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from talent.core.models import HourlyTries

UNIX = "unix"
# After this long a count says nothing any more, and an address is a person's datum.
KEPT = timedelta(days=1)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _parsed(text: str) -> _Address | None:
    """The address in `text`, an IPv4 one never in its IPv6 dress; None when it is none."""
    try:
        address = ipaddress.ip_address(text.strip().split("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[Any, ...]:
    networks = []
    for proxy in proxies:
        if proxy == UNIX:
            continue
        try:
            network = ipaddress.ip_network(proxy)
        except ValueError:
            raise ImproperlyConfigured(
                f"TRUSTED_PROXIES 中的 {proxy} 不是有效的地址或网段，也不是 unix。"
            ) from None
        if network.prefixlen == 0:
            raise ImproperlyConfigured(f"TRUSTED_PROXIES 中的 {proxy} 信任所有地址，等于任由来访者自报地址。")
        networks.append(network)
    return tuple(networks)


def problems_of(proxies: Sequence[str]) -> Iterator[str]:
    """What is wrong with a list of trusted proxies, as sentences."""
    try:
        _networks(tuple(proxies))
    except ImproperlyConfigured as error:
        yield str(error)


def _is_ours(address: _Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


def client_address(request: Any) -> str | None:
    """The address of the visitor behind `request`; None when it cannot be told (a socket that is not trusted).

    Also what axes locks by (`AXES_CLIENT_IP_CALLABLE`).
    """
    peer = _parsed(request.META.get("REMOTE_ADDR") or "")
    if peer is None and UNIX not in settings.TRUSTED_PROXIES:
        return None
    if peer is not None and not _is_ours(peer):
        return str(peer)
    nearest = peer
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        address = _parsed(hop)
        if address is None:
            # Not written by a proxy of ours: what we know ends here.
            break
        nearest = address
        if not _is_ours(address):
            break
    return str(nearest) if nearest else None


def within(what: str, request: Any, most: int) -> bool:
    """Count one more try of `what` from the address of `request`; whether it is still among `most` in this hour.

    Counted in the database, for all workers together.
    """
    place = {
        "what": what,
        "address": client_address(request) or "",
        "hour": timezone.now().replace(minute=0, second=0, microsecond=0),
    }
    with transaction.atomic():
        HourlyTries.objects.get_or_create(**place)
        HourlyTries.objects.filter(**place).update(count=F("count") + 1)
        return HourlyTries.objects.get(**place).count <= most


def forget_old_tries() -> int:
    """Remove counts nobody asks for any more; returns how many."""
    return HourlyTries.objects.filter(hour__lt=timezone.now() - KEPT).delete()[0]
