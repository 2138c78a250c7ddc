"""Fields that occur again and again, and the edition the forms are built from."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.services import policy
from talent.placements import rules

DAY = {"type": "date"}


def day_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY), **kwargs)


def text_field(
    label: Any, *, rows: int = 3, longest: int = 1000, required: bool = True, **kwargs: Any
) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=required,
        widget=forms.Textarea(attrs={"rows": rows, "maxlength": longest}), **kwargs,
    )  # fmt: skip


def file_field(label: Any, *, required: bool = True) -> forms.FileField:
    """One file of the formats the vault takes."""
    return forms.FileField(
        label=label, required=required, help_text=_("PDF、JPG 或 PNG，不超过 20 兆"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip


def current_book() -> rules.Rulebook:
    """The rulebook of the edition in force."""
    return rules.Rulebook(policy.edition_for("placements").data)
