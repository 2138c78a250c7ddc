"""Tables that come in and go out as XLSX or CSV: read whole, every wrong cell named; written as text, the same bytes each time."""

from .columns import Column, RowError, Sheet, chosen, day, number, yes_or_no
from .reading import MOST_BYTES, MOST_ROWS, table, workbook
from .writing import CSV, XLSX, as_csv, as_xlsx, template

__all__ = [
    "CSV", "MOST_BYTES", "MOST_ROWS", "XLSX", "Column", "RowError", "Sheet", "as_csv", "as_xlsx", "chosen", "day", "number", "table",
    "template", "workbook", "yes_or_no",
]  # fmt: skip
