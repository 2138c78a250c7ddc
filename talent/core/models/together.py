"""Several short lists in one statement: a page that shows twenty lists of one case asks the database once.

Each list is a queryset of its own and gives the same objects, joins and order as if it were asked alone.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.query import ModelIterable

# Both databases bound the arguments of a function: PostgreSQL takes 100.
_WIDTH = 90
# What psycopg hands over ready-made and JSON as text; SQLite gives Django the same text either way.
_READY: dict[str, Callable[[Any], Any]] = {
    "DateField": date.fromisoformat,
    "DateTimeField": datetime.fromisoformat,
    "UUIDField": UUID,
    "FloatField": float,
    "JSONField": json.dumps,
}


def fill(*lists: models.QuerySet) -> None:
    """Read every queryset, so that using it asks nothing more. For short lists: all rows are held at once.

    Columns that JSON cannot hold (binary) are refused by the database.
    """
    build, collect = ("json_build_array", "json_agg") if _postgres() else ("json_array", "json_group_array")
    text = "::text" if _postgres() else ""
    asked, parts, parameters = [], [], []
    for queryset in lists:
        compiler = queryset.query.get_compiler(queryset.db)
        try:
            sql, values = compiler.as_sql()
        except EmptyResultSet:
            queryset._result_cache = []
            continue
        names = [f"c{number}" for number in range(compiler.col_count)]
        pieces = [names[start : start + _WIDTH] for start in range(0, len(names), _WIDTH)]
        row = ", ".join(f"{build}({', '.join(piece)})" for piece in pieces)
        # Django's own statement with its own parameters.
        columns = ", ".join(names)
        parts.append(f"(WITH t({columns}) AS ({sql}) SELECT {collect}({build}({row})){text} FROM t)")  # noqa: S608
        parameters += values
        asked.append((queryset, compiler))
    if not asked:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        found = cursor.fetchone()
    for (queryset, compiler), column in zip(asked, found, strict=True):
        queryset._result_cache = _objects(queryset, compiler, column)


def keep(instance: models.Model, **lists: models.QuerySet) -> None:
    """Let `instance.<name>.all()` be the list that was read, as `prefetch_related` does."""
    instance.__dict__.setdefault("_prefetched_objects_cache", {}).update(lists)


def hang(parents: models.QuerySet, name: str, children: models.QuerySet) -> None:
    """Let `parent.<name>.all()` be the children that were read and are its own, for each of the parents read."""
    key = parents.model._meta.get_field(name).field.attname
    for parent in parents:
        own = getattr(parent, name).all()
        own._result_cache = [child for child in children if getattr(child, key) == parent.pk]
        keep(parent, **{name: own})


def _postgres() -> bool:
    return connection.vendor == "postgresql"


def _objects(queryset: models.QuerySet, compiler: Any, column: str | None) -> list:
    """The rows of one list as Django makes objects of them."""
    pieces = json.loads(column or "[]", parse_float=Decimal if _postgres() else float)
    rows = [list(chain.from_iterable(row)) for row in pieces]
    if _postgres():
        ready = [_READY.get(one[0].output_field.get_internal_type()) for one in compiler.select]
        for row in rows:
            for place, make in enumerate(ready):
                if make and row[place] is not None:
                    row[place] = make(row[place])
    compiler.execute_sql = lambda **_how: [rows]
    source = SimpleNamespace(
        db=queryset.db,
        query=SimpleNamespace(get_compiler=lambda using: compiler),
        _known_related_objects=queryset._known_related_objects,
    )
    return list(ModelIterable(source))
