"""What the three sides and the officers fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.forms import Outcome, StepForm
from talent.core.models import IndustryChain, Organisation
from talent.core.services import policy

from . import rules
from .models import Need, PersonOffer, PlacementCase, ServiceDay, UniversityStrength

DAY = {"type": "date"}


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY), **kwargs)


def _text(
    label: Any, *, rows: int = 3, longest: int = 1000, required: bool = True, **kwargs: Any
) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=required,
        widget=forms.Textarea(attrs={"rows": rows, "maxlength": longest}), **kwargs,
    )  # fmt: skip


def current_book() -> rules.Rulebook:
    """The rulebook of the edition in force."""
    return rules.Rulebook(policy.edition_for("placements").data)


# --- officers' steps ------------------------------------------------------------------------------------


class ConcludeForm(StepForm):
    """汇总审查意见 (P6)."""

    outcomes = (
        Outcome("pass", _("审查通过，拟予公示")),
        Outcome("refuse", _("不予通过"), tone="err", needs=("ground", "fact")),
    )
    explanation = _text(
        _("不利结论的采信说明"), longest=1000, required=False, help_text=_("有部门提出不利结论而拟通过时填写")
    )
    ground = forms.ChoiceField(label=_("不予通过的情形"), required=False)
    fact = _text(_("认定的事实"), longest=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = policy.figures(self.case.edition).refusal_grounds
        self.fields["ground"].choices = [("", _("请选择")), *((row.code, row.text) for row in grounds)]


class AppointForm(StepForm):
    """颁发聘书 (P9)."""

    outcomes = (Outcome("issue", _("颁发聘书")),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].initial = "issue"


class EvaluateForm(StepForm):
    """期满评估 (P14) with 容错免责."""

    outcomes = (
        Outcome("reached", _("达到目标")),
        Outcome("exempt", _("未达目标·尽职免责"), tone="warn", needs=("reason",)),
        Outcome("failed", _("未履行约定"), tone="err", needs=("reason",)),
    )
    reason = _text(
        _("评估意见"), longest=1000, required=False,
        help_text=_("三方可以看到；尽职免责的，写明勤勉尽责的事实"),
    )  # fmt: skip


# --- needs and supply -----------------------------------------------------------------------------------


class NeedForm(forms.ModelForm):
    """岗位需求 (P1)."""

    class Meta:
        model = Need
        fields = (
            "kind", "title", "chain", "field", "problem", "expected_result", "term_months", "days_per_year",
            "pay_per_year", "posts", "open_until",
        )  # fmt: skip
        widgets = {  # noqa: RUF012
            "problem": forms.Textarea(attrs={"rows": 3}),
            "expected_result": forms.Textarea(attrs={"rows": 3}),
            "open_until": forms.DateInput(format="%Y-%m-%d", attrs=DAY),
        }

    def __init__(self, *args: Any, firms: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = current_book().kinds
        self.fields["kind"] = forms.ChoiceField(
            label=_("岗位种类"), choices=[(kind.code, kind.title) for kind in kinds],
            help_text="；".join(
                f"{kind.title}：{kind.term_min}至{kind.term_max}个月，每年不少于{kind.days_min}天" for kind in kinds
            ),
        )  # fmt: skip
        self.fields["chain"].queryset = IndustryChain.objects.filter(active=True).order_by("code")
        self.fields["chain"].required = False
        self.fields["firm"] = forms.ModelChoiceField(firms, label=_("企业"), empty_label=None)
        self.fields["pay_per_year"].min_value = 0
        self.order_fields(["firm", *self.Meta.fields])


class NeedFilter(forms.Form):
    """Filters of the public list of needs."""

    kind = forms.ChoiceField(label=_("岗位种类"), required=False)
    chain = forms.ModelChoiceField(
        IndustryChain.objects.none(), label=_("产业链"), required=False, empty_label=_("全部")
    )
    text = forms.CharField(label=_("关键词"), required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.code, kind.title) for kind in current_book().kinds]
        self.fields["kind"].choices = [("", _("全部")), *kinds]
        self.fields["chain"].queryset = IndustryChain.objects.filter(active=True).order_by("code")


class NeedCheckForm(forms.Form):
    """The county bureau's check of the firm (P2): its class, and each condition."""

    firm_class = forms.ChoiceField(label=_("企业类别"))
    opinion = _text(_("说明"), longest=200, required=False)

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.book = book
        self.fields["firm_class"].choices = [(row.code, row.title) for row in book.firm_classes]
        for row in book.firm_conditions:
            self.fields[f"condition_{row.code}"] = forms.ChoiceField(
                label=row.text, choices=[("yes", _("符合")), ("no", _("不符合"))], widget=forms.RadioSelect
            )

    def conditions(self) -> dict[str, bool]:
        return {
            row.code: self.cleaned_data[f"condition_{row.code}"] == "yes" for row in self.book.firm_conditions
        }


class StrengthForm(forms.ModelForm):
    class Meta:
        model = UniversityStrength
        fields = ("kind", "title", "field", "chain", "summary")
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012


class OfferForm(forms.ModelForm):
    """A person a university offers; the person is found by account name, and consents before any firm sees the offer."""

    account = forms.CharField(label=_("本人账号"), max_length=60, help_text=_("本人在系统中的登录账号"))
    kinds = forms.MultipleChoiceField(label=_("愿意担任的岗位种类"), widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = PersonOffer
        fields = ("kinds", "field", "chain", "days_per_year", "summary")
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(kind.code, kind.title) for kind in current_book().kinds]
        self.order_fields(["account", *self.Meta.fields])


# --- the person's and the firm's side of a case ---------------------------------------------------------


class OfPersonForm(forms.Form):
    """What only the person can say: degree, title, plan, declared relations, and the proof."""

    degree = forms.ChoiceField(
        label=_("最高学位"), required=False, choices=[("", _("无")), *PlacementCase.Degree.choices]
    )
    title_rank = forms.ChoiceField(label=_("职称级别"), required=False)
    proof = forms.FileField(
        label=_("学历学位或职称证明"), help_text=_("PDF、JPG 或 PNG，不超过 20 兆"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip
    plan = _text(_("任职计划"), rows=4, longest=2000, help_text=_("按季度写明任务"))
    declared = forms.MultipleChoiceField(
        label=_("与企业的关系"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("有下列情形的请勾选；隐瞒的，撤销任职并记入信用记录"),
    )  # fmt: skip
    declaration_note = forms.CharField(label=_("情况说明"), max_length=500, required=False)
    truthful = forms.BooleanField(label=_("以上内容真实，同意部门核查，同意公示姓名和申请信息"))

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = dict.fromkeys(title for kind in book.kinds for title in kind.titles)
        self.fields["title_rank"].choices = [("", _("无")), *((title, title) for title in titles)]
        self.fields["declared"].choices = [
            (row.code, row.text)
            for row in book.relations
            if row.declared and row.code != "university_company"
        ]

    def of_person(self) -> dict[str, Any]:
        names = ("degree", "title_rank", "plan", "declared", "declaration_note")
        return {name: self.cleaned_data[name] for name in names}


class ApplyForm(OfPersonForm):
    """申请岗位 (P4)."""

    university = forms.ModelChoiceField(Organisation.objects.none(), label=_("派出单位"))
    starts_on = _day(label=_("拟开始日期"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["university"].queryset = (
            Organisation.objects.confirmed()
            .filter(kind__in=("university", "institute"))
            .order_by("name", "pk")
        )
        self.order_fields(["university", "starts_on"])


class InviteForm(forms.Form):
    """邀请人选 (P4)."""

    need = forms.ModelChoiceField(Need.objects.none(), label=_("岗位需求"), empty_label=None)
    starts_on = _day(label=_("拟开始日期"))

    def __init__(self, *args: Any, needs: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["need"].queryset = needs


class AnswerForm(forms.Form):
    """Yes, or no with a reason the other side reads."""

    answer = forms.ChoiceField(
        label=_("意见"), widget=forms.RadioSelect, choices=[("yes", _("确认")), ("no", _("谢绝"))]
    )
    reason = forms.CharField(label=_("谢绝的原因"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("answer") == "no" and not data.get("reason", "").strip():
            self.add_error("reason", _("请写明原因，对方可以看到。"))
        return data


class ConsentForm(forms.Form):
    """派出单位意见 (P5): part-time permission, teaching, own interest."""

    answer = forms.ChoiceField(
        label=_("意见"), widget=forms.RadioSelect, choices=[("yes", _("同意")), ("no", _("不同意"))]
    )
    no_teaching_conflict = forms.BooleanField(label=_("不影响教学科研任务"), required=False)
    declared = forms.MultipleChoiceField(
        label=_("本单位与企业的关系"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[("university_shares", _("本单位持有企业股份")), ("university_company", _("企业由本单位创办或者控制"))],
    )  # fmt: skip
    terms = _text(_("具体意见"), longest=500, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("answer") == "no" and len(data.get("terms", "").strip()) < 4:
            self.add_error("terms", _("不同意的，请写明理由（至少4个字）。"))
        if data.get("answer") == "yes" and not data.get("no_teaching_conflict"):
            self.add_error("no_teaching_conflict", _("同意的，请确认不影响教学科研任务。"))
        return data


class ClausesForm(forms.Form):
    """The text of each clause of the agreement."""

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in book.clauses:
            self.fields[row.code] = _text(
                row.title, longest=2000, required=row.required,
                help_text=f"{row.hint}（{_('只给三方看')}）" if row.parties_only else row.hint,
            )  # fmt: skip


class SignForm(forms.Form):
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    copy = forms.FileField(
        label=_("签署件"), help_text=_("签字盖章后的扫描件，PDF"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf"}),
    )  # fmt: skip


# --- the running term -----------------------------------------------------------------------------------


class LogForm(forms.Form):
    """One day of service, prefilled so that three taps are enough."""

    placement = forms.ModelChoiceField(queryset=None, label=_("岗位"), empty_label=None)
    day = _day(label=_("日期"))
    mode = forms.ChoiceField(label=_("方式"), choices=ServiceDay.Mode.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("做了什么"), max_length=200)
    late_reason = forms.CharField(
        label=_("补记理由"), max_length=200, required=False, help_text=_("补记较早的日期时填写")
    )

    def __init__(self, *args: Any, placements: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["placement"].queryset = placements


class SuspendForm(forms.Form):
    starts_on = _day(label=_("中止日期"))
    until = _day(label=_("恢复日期"))
    reason = forms.ChoiceField(label=_("事由"))
    text = forms.CharField(label=_("说明"), max_length=300)

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(row.code, row.text) for row in book.suspension_reasons]


class ResumeForm(forms.Form):
    day = _day(label=_("恢复日期"))


class ExtendForm(forms.Form):
    months = forms.IntegerField(label=_("延长月数"), min_value=1)
    reason = forms.CharField(label=_("理由"), max_length=300)


class ExtensionDecisionForm(forms.Form):
    granted = forms.ChoiceField(
        label=_("审批意见"), widget=forms.RadioSelect, choices=[("yes", _("同意")), ("no", _("不同意"))]
    )
    refusal = forms.CharField(label=_("不同意的原因"), max_length=300, required=False)
    remedy = forms.CharField(label=_("怎样可以同意"), max_length=300, required=False)


class EndForm(forms.Form):
    last_day = _day(label=_("最后一天"))
    reason = forms.ChoiceField(label=_("原因"))
    text = forms.CharField(label=_("说明"), max_length=500)
    settled_days = forms.IntegerField(label=_("结算在岗天数"), min_value=0)
    settled_pay = forms.DecimalField(label=_("结算报酬（元）"), min_value=0, max_digits=12, decimal_places=2)
    all_agree = forms.BooleanField(label=_("三方协商一致"), required=False)

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(row.code, row.text) for row in book.end_reasons]


class RenewForm(forms.Form):
    months = forms.IntegerField(label=_("续聘月数"), min_value=1)


class ReplaceForm(forms.Form):
    """更换人选: one of the published people, named by university and field until both have agreed."""

    offer = forms.ModelChoiceField(PersonOffer.objects.none(), label=_("接替人选"))
    starts_on = _day(label=_("接任日期"))
    months = forms.IntegerField(label=_("聘期（月）"), min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offer"].queryset = PersonOffer.objects.offered()


class RatingForm(forms.Form):
    result = forms.ChoiceField(label=_("结果"), widget=forms.RadioSelect)
    text = _text(_("意见"))

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = [(row.code, row.title) for row in book.ratings]


class ReportForm(forms.Form):
    text = _text(_("本期进展"), rows=4)


class VisitForm(forms.Form):
    day = _day(label=_("走访日期"))
    text = _text(_("走访记录"))
