"""How an application for the training grant begins, and how it is decided."""

from django import forms

from talent.core.forms import ApplicantForm, Outcome, StepForm
from talent.core.models import Region


class BeginForm(ApplicantForm):
    heading = "申报示例培训补贴"

    region = forms.ModelChoiceField(Region.objects.exclude(kind="city"), label="所在县市区")


class GrantForm(StepForm):
    outcomes = (Outcome("grant", "同意补贴"),)
