"""人才公寓: stock, waiting list, choice, tenancy, renewal. The bureau of the edition lets; every act is recorded."""

from .letting import (
    add_co_tenant,
    choices,
    choose,
    give_notice,
    give_up,
    hand_over,
    rent_of,
    take_back,
)
from .listing import admit, apply, open_window, position, refuse, waiting, withdraw
from .renewing import ITEMS, ask_renewal, decide_renewal, renewal_window
from .rights import bureaus_of, letting_bureau, terms_of
from .stock import add_flat, change_flat
from .watching import DUE

__all__ = [
    "DUE", "ITEMS", "add_co_tenant", "add_flat", "admit", "apply", "ask_renewal", "bureaus_of", "change_flat", "choices", "choose",
    "decide_renewal", "give_notice", "give_up", "hand_over", "letting_bureau", "open_window", "position", "refuse", "renewal_window", "rent_of",
    "take_back", "terms_of", "waiting", "withdraw",
]  # fmt: skip
