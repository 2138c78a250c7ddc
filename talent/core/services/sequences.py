"""Numbers without gaps or doubles: case numbers (案号) and letter numbers (文号)."""

from django.db import IntegrityError, transaction
from django.db.models import F

from talent.core.models import Sequence


def next_number(key: str, year: int) -> int:
    """The next number of `key` in `year`, from 1.

    Must run in the transaction that uses the number: a rollback gives it back, so there are no gaps; the row
    stays locked until commit, so there are no doubles. Raises `TransactionManagementError` outside one.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("next_number runs inside the transaction that uses it")
    if not Sequence.objects.filter(key=key, year=year).update(last=F("last") + 1):
        try:
            with transaction.atomic():
                Sequence.objects.create(key=key, year=year, last=1)
            return 1
        except IntegrityError:
            # Somebody opened the year at the same moment: their row is there now, take the next one.
            Sequence.objects.filter(key=key, year=year).update(last=F("last") + 1)
    return Sequence.objects.values_list("last", flat=True).get(key=key, year=year)
