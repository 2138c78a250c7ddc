"""The acts of 校聘企用 (济政发〔2025〕8号 item 8): one transaction and one event each; flow and pages call them.

`needs` and `supply` come before a case, `applying` to `agreeing` lead to the letter of appointment, `serving` to
`watching` are the running term.
"""

from . import (
    agreeing,
    applying,
    changing,
    ending,
    needs,
    places,
    rating,
    reporting,
    reviewing,
    serving,
    sides,
    supply,
    watching,
)

__all__ = [
    "agreeing", "applying", "changing", "ending", "needs", "places", "rating", "reporting", "reviewing", "serving",
    "sides", "supply", "watching",
]  # fmt: skip
