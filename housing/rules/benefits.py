"""What the house itself knows somebody enjoys, by the codes an edition's `[[exclusion]]` rows call it."""

# A flat stands in the way of rent at once, and of a purchase until it is paid; cash for rent stands in the way of a flat.
RECORDED: dict[str, tuple[str, ...]] = {
    "flat": ("talent_flat", "talent_flat_until_paid"),
    "rent": ("rent_subsidy",),
}


def codes(kinds: set[str]) -> frozenset[str]:
    """The codes of what is on record: `flat`, `rent`, or both."""
    return frozenset(code for kind in kinds for code in RECORDED[kind])
