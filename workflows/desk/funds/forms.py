"""What finance and the handling office fill in."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talent.core.models import AwardChange, BudgetLine, Instalment, PaymentBatch, Recovery, Region
from talent.core.services import calendar, funds

_EVERYTHING = ("", gettext_lazy("全部"))
_AMOUNT = gettext_lazy("金额（元）")
_REASON = gettext_lazy("原因或依据")


def amount(label=_AMOUNT) -> forms.DecimalField:
    """元 to the 分, above zero."""
    return forms.DecimalField(
        label=label, min_value=Decimal("0.01"), max_digits=14, decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )  # fmt: skip


def reason(label=_REASON) -> forms.CharField:
    return forms.CharField(
        label=label, min_length=4, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )


def day(label) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


class DueFilter(forms.Form):
    """The filters of the list of due lines; they stand in the address."""

    q = forms.CharField(
        label=gettext_lazy("办件编号或姓名"), required=False,
        widget=forms.TextInput(attrs={"data-search": "", "autocomplete": "off", "maxlength": 40}),
    )  # fmt: skip
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("县市区"), required=False)
    until = day(gettext_lazy("应付日期不晚于"))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        states = [choice for choice in Instalment.State.choices if choice[0] not in Instalment.CLOSED]
        self.fields["state"].choices = [_EVERYTHING, *states]
        regions = Region.objects.exclude(kind=Region.Kind.CITY).values_list("code", "name")
        self.fields["region"].choices = [_EVERYTHING, *regions]

    def narrow(self, rows):
        """The rows that the filters leave; a filter that says nothing valid leaves all."""
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("q"):
            rows = rows.filter(award__case__number=wanted["q"].strip()) | rows.filter(
                award__case__applicant__name__startswith=wanted["q"].strip()
            )
        if wanted.get("state"):
            rows = rows.filter(state=wanted["state"])
        if wanted.get("region"):
            rows = rows.filter(award__case__region__code=wanted["region"])
        if wanted.get("until"):
            rows = rows.filter(due_on__lte=wanted["until"])
        return rows


class BatchFilter(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False, choices=[_EVERYTHING, *PaymentBatch.State.choices]
    )


class RecoveryFilter(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False, choices=[_EVERYTHING, *Recovery.State.choices]
    )


class SignForm(forms.Form):
    opinion = forms.CharField(
        label=gettext_lazy("签批意见"), max_length=200, required=False, initial=gettext_lazy("同意拨付。")
    )


class ReasonForm(forms.Form):
    reason = reason()


class ClauseForm(ReasonForm):
    """A reason and the clause that allows it."""

    clause = forms.CharField(label=gettext_lazy("条款"), min_length=4, max_length=200)


class ChangeFilter(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False, choices=[_EVERYTHING, *AwardChange.State.choices]
    )


class ProposeForm(ClauseForm):
    """What the handling office makes of a reported change, as the award stands."""

    field_order = ("outcome", "reason", "clause")
    outcome = forms.ChoiceField(label=gettext_lazy("处理意见"), widget=forms.RadioSelect)

    def __init__(self, *args, change: AwardChange, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(AwardChange.Outcome.choices)
        self.fields["outcome"].choices = [(code, labels[code]) for code in funds.outcomes_for(change)]


class DecideForm(forms.Form):
    verdict = forms.ChoiceField(
        label=gettext_lazy("审定"), widget=forms.RadioSelect,
        choices=[("approve", gettext_lazy("同意，按处理意见办理")), ("refuse", gettext_lazy("不同意，退回"))],
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("审定意见"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("不同意的必须写明理由"),
    )  # fmt: skip

    def clean(self):
        data = super().clean()
        if data.get("verdict") == "refuse" and len(data.get("note", "").strip()) < 4:
            self.add_error("note", _("请写明不同意的理由（至少4个字）。"))
        return data


class RecheckForm(forms.Form):
    """One verdict, fact and source per item the policy asks; what the books say stands beside it."""

    VERDICTS = (("yes", gettext_lazy("符合")), ("no", gettext_lazy("不符合")))

    def __init__(self, *args, items: list[funds.Item], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[f"verdict_{item.code}"] = forms.ChoiceField(
                label=_("“%(label)s”结论") % {"label": item.label}, choices=self.VERDICTS, widget=forms.RadioSelect,
                initial={True: "yes", False: "no"}.get(item.known),
            )  # fmt: skip
            self.fields[f"fact_{item.code}"] = forms.CharField(
                label=_("“%(label)s”事实") % {"label": item.label}, min_length=2, max_length=120, initial=item.said,
                help_text=_("申请人可以看到"),
            )  # fmt: skip
            self.fields[f"source_{item.code}"] = forms.CharField(
                label=_("“%(label)s”核对来源") % {"label": item.label},
                min_length=2,
                max_length=60,
                initial=item.source,
            )

    def rows(self) -> list[dict]:
        """Every item with its three fields, for the page."""
        return [
            {"item": item} | {name: self[f"{name}_{item.code}"] for name in ("verdict", "fact", "source")}
            for item in self.items
        ]

    def clean(self):
        data = super().clean()
        for item in self.items:
            against = item.known is False and data.get(f"verdict_{item.code}") == "yes"
            if against and data.get(f"fact_{item.code}", "").strip() == item.said:
                self.add_error(
                    f"fact_{item.code}", _("系统记录显示不符合，认定为符合的请写明核实的事实和依据。")
                )
        return data

    def result(self) -> funds.RecheckResult:
        """The findings of a valid form."""
        data = self.cleaned_data
        return funds.RecheckResult(
            tuple(
                funds.Finding(
                    item.code, item.label, data[f"verdict_{item.code}"] == "yes", data[f"fact_{item.code}"].strip(),
                    item.clause, data[f"source_{item.code}"].strip(),
                )
                for item in self.items
            )
        )  # fmt: skip


class ResultForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("回盘文件"), help_text=gettext_lazy("CSV 或 XLSX，列须与银行约定一致。")
    )

    def clean_file(self):
        """The name is kept for reading only; what the file holds decides."""
        sent = self.cleaned_data["file"]
        if sent.size > 5 * 1024 * 1024:
            raise forms.ValidationError(_("文件超过5MB，请核对是否选错文件。"))
        return sent


class EventForm(forms.Form):
    """What happened and when; what it asks back is the rule's."""

    event = forms.ChoiceField(label=gettext_lazy("追回情形"), widget=forms.RadioSelect)
    day = forms.DateField(
        label=gettext_lazy("发生日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args, events: list[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"].choices = events

    def clean_day(self):
        if self.cleaned_data["day"] > calendar.today():
            raise forms.ValidationError(_("发生日期不能晚于今天。"))
        return self.cleaned_data["day"]


class ReceiptForm(forms.Form):
    amount = amount(gettext_lazy("收回金额（元）"))
    reference = forms.CharField(label=gettext_lazy("缴款凭证号"), max_length=40)
    received_on = forms.DateField(
        label=gettext_lazy("到账日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


class WriteOffForm(ClauseForm):
    amount = amount(gettext_lazy("核销金额（元）"))


class FindingForm(forms.Form):
    upheld = forms.ChoiceField(
        label=gettext_lazy("核查结论"), widget=forms.RadioSelect,
        choices=[("no", gettext_lazy("异议不成立，继续追回")), ("yes", gettext_lazy("异议成立，撤销追回"))],
    )  # fmt: skip
    finding = reason(gettext_lazy("核查情况"))


class LineForm(forms.Form):
    """A new budget line; which bureau keeps it follows from the reader's post."""

    year = forms.IntegerField(label=gettext_lazy("预算年度"), min_value=2025, max_value=2100)
    source = forms.ChoiceField(label=gettext_lazy("资金来源"))
    region = forms.ModelChoiceField(
        label=gettext_lazy("县市区"), queryset=Region.objects.none(), to_field_name="code"
    )
    share = forms.ChoiceField(label=gettext_lazy("分担"), choices=BudgetLine.Share.choices)

    def __init__(self, *args, office, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = list(funds.sources().items())
        regions = Region.objects.exclude(kind=Region.Kind.CITY)
        if office.region.kind != Region.Kind.CITY:
            regions = regions.filter(pk=office.region_id)
        self.fields["region"].queryset = regions


class AllocateForm(ReasonForm):
    amount = amount()


class TransferForm(AllocateForm):
    """To another line of the year."""

    target = forms.ModelChoiceField(label=gettext_lazy("调入指标"), queryset=BudgetLine.objects.none())

    def __init__(self, *args, lines, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = lines


class CloseForm(ReasonForm):
    target = forms.ModelChoiceField(
        label=gettext_lazy("结转到"), queryset=BudgetLine.objects.none(), required=False,
        help_text=gettext_lazy("有已预留的分期时，选择下一年度的指标。"),
    )  # fmt: skip

    def __init__(self, *args, lines, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = lines
