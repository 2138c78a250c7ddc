"""Amounts: 元 as `Decimal` in Python, whole 分 in the database (SQLite keeps decimals as floats)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

FEN = Decimal("0.01")


class YuanField(models.BigIntegerField):
    """An amount in 元, exact to the 分. Refuses fractions of a 分 instead of rounding them away."""

    default_error_messages = {"fen": _("金额应精确到分，不能有更小的零头。")}  # noqa: RUF012

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else (Decimal(int(value)) / 100).quantize(FEN)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        amount = Decimal(str(value))
        if amount != amount.quantize(FEN):
            raise ValidationError(self.error_messages["fen"], code="fen")
        return amount.quantize(FEN)

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return int(self.to_python(value) * 100)

    def formfield(self, **kwargs: Any) -> forms.Field:
        return models.Field.formfield(
            self, **{"form_class": forms.DecimalField, "max_digits": 14, "decimal_places": 2, **kwargs}
        )
