"""Writing the core tables: regions, chains, levels, holidays and bureaus, from rows that were checked.

Only a new edition of a file is written, so that what an administrator changed in the back office stays until then.
Rows that others point to are never removed.
"""

from collections.abc import Callable
from typing import Any

from talent.core.models import Holiday, HolidayYear, IndustryChain, Organisation, Region, TalentLevel

from .rows import BureauRow, ChainRow, DayRow, LevelRow, RegionRow, YearRow


def write(fresh: dict[str, dict[str, Any]]) -> None:
    """Write the tables of `fresh` (file name → its rows by table), regions first."""
    writers: dict[str, Callable[[dict[str, Any]], None]] = {
        "regions": lambda read: _regions(read["region"]),
        "chains": lambda read: _chains(read["chain"]),
        "talent_levels": lambda read: _levels(read["level"], confirmed=read["edition"].confirmed),
        "holidays": lambda read: _holidays(read["year"], read["day"]),
        "bureaus": lambda read: _bureaus(read["bureau"], read["county_bureau"]),
    }
    for name, writer in writers.items():
        if name in fresh:
            writer(fresh[name])


def _regions(rows: list[RegionRow]) -> None:
    for row in rows:
        Region.objects.update_or_create(
            code=row.code, defaults={"name": row.name, "kind": row.kind, "order": row.order, "note": row.note}
        )


def _chains(rows: list[ChainRow]) -> None:
    for row in rows:
        IndustryChain.objects.update_or_create(
            code=row.code,
            defaults={
                "name": row.name,
                "lead_bureau_code": row.lead,
                "leader": row.leader,
                "confirmed": row.confirmed,
                "source": row.source,
            },
        )
    # A chain that the new list no longer names stays with the cases that belong to it, and is offered no more.
    IndustryChain.objects.exclude(code__in=[row.code for row in rows]).update(active=False)


def _levels(rows: list[LevelRow], *, confirmed: bool) -> None:
    for row in rows:
        TalentLevel.objects.update_or_create(
            code=row.code,
            defaults={
                "name": row.name,
                "rank": row.rank,
                "family": row.family,
                "criteria": [vars(criterion).copy() for criterion in row.criterion],
                "confirmed": confirmed,
            },
        )


def _holidays(years: list[YearRow], days: list[DayRow]) -> None:
    for row in years:
        HolidayYear.objects.update_or_create(
            year=row.year, defaults={"published": row.published, "source": row.source}
        )
    Holiday.objects.filter(day__year__in=[row.year for row in years]).delete()
    Holiday.objects.bulk_create(Holiday(day=row.day, working=row.working, name=row.name) for row in days)


def _bureaus(rows: list[BureauRow], county_rows: list[BureauRow]) -> None:
    city = Region.objects.get(kind=Region.Kind.CITY)
    made = {row.code: _organisation(row.code, row, row.name, row.short, region=city) for row in rows}
    for region in Region.objects.exclude(kind=Region.Kind.CITY):
        for row in county_rows:
            zone = region.kind == Region.Kind.ZONE
            name, short = (
                (row.zone_name or row.name, row.zone_short or row.short) if zone else (row.name, row.short)
            )
            _organisation(
                f"{region.code}-{row.code}",
                row,
                name.format(region=region.name),
                short.format(region=region.name),
                region=region,
                parent=made[row.code],
            )


def _organisation(
    code: str, row: BureauRow, name: str, short: str, *, region: Region, parent: Organisation | None = None
) -> Organisation:
    return Organisation.objects.update_or_create(
        code=code,
        defaults={
            "name": name,
            "short_name": short,
            "letter_prefix": row.letter_prefix,
            "party_organ": row.party_organ,
            "kind": Organisation.Kind.BUREAU,
            "region": region,
            "parent": parent,
        },
    )[0]
