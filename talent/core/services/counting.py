"""Counts that stand around a page, all in one statement and none of them longer than it is shown."""

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def capped(limit: int, /, **querysets: QuerySet) -> dict[str, int]:
    """How many rows each queryset has, counted up to `limit` and no further. One query for all of them."""
    parts, parameters, counted = [], [], dict.fromkeys(querysets, 0)
    asked = []
    for name, queryset in querysets.items():
        try:
            sql, values = queryset.order_by().values("pk")[:limit].query.sql_with_params()
        except EmptyResultSet:
            continue
        asked.append(name)
        # Django's own statement with its own parameters.
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) {connection.ops.quote_name(name)})")  # noqa: S608
        parameters += values
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", parameters)
            counted |= zip(asked, cursor.fetchone(), strict=True)
    return counted
