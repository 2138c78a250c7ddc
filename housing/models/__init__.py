"""What housing records: applications, lists of an employer, exchange lists of bureaus, flats and their tenants."""

from .cases import HousingCase
from .exchange import ExchangeLine, ExchangeList
from .flats import CoTenant, Flat, FlatEntry, Renewal, Support, Tenancy
from .rosters import Roster, RosterLine

__all__ = [
    "CoTenant", "ExchangeLine", "ExchangeList", "Flat", "FlatEntry", "HousingCase", "Renewal", "Roster", "RosterLine", "Support",
    "Tenancy",
]  # fmt: skip
