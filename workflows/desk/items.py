"""One item of a meeting: the small forms of the secretary, and the act each of them is."""

from dataclasses import dataclass

from django import forms
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talent.core.models import Organisation
from talent.core.services.errors import ActRefused
from talent.green_channel import services
from talent.green_channel.models import AgendaItem, Ballot


class VoteForm(forms.Form):
    choice = forms.ChoiceField(
        label=gettext_lazy("表决意见"), choices=Ballot.Choice.choices, widget=forms.RadioSelect
    )


class PostponeForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("暂缓原因"), min_length=2, max_length=500)


class ConditionsForm(forms.Form):
    conditions = forms.CharField(
        label=gettext_lazy("附加条件"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SupportForm(forms.Form):
    """One line of the support list."""

    name = forms.CharField(label=gettext_lazy("支持事项"), max_length=120)
    basis = forms.CharField(label=gettext_lazy("依据"), max_length=200)
    amount = forms.DecimalField(
        label=gettext_lazy("金额（元）"), max_digits=14, decimal_places=2, required=False,
        help_text=gettext_lazy("不涉及资金的留空"),
    )  # fmt: skip
    owner = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("责任单位"))

    def __init__(self, *args, owners, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners


class MemberRecusalForm(forms.Form):
    organisation = forms.ChoiceField(label=gettext_lazy("回避单位"))
    reason = forms.CharField(label=gettext_lazy("回避理由"), min_length=2, max_length=200)

    def __init__(self, *args, seats, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [
            (seat.organisation.code, str(seat.organisation)) for seat in seats
        ]


@dataclass(frozen=True)
class ItemForms:
    """The secretary's forms of one item."""

    postpone: PostponeForm
    conditions: ConditionsForm
    support: SupportForm
    recuse: MemberRecusalForm

    @classmethod
    def of(cls, item: AgendaItem, *, seats, owners) -> "ItemForms":
        return cls(
            PostponeForm(auto_id=f"p{item.pk}_%s"),
            ConditionsForm(auto_id=f"c{item.pk}_%s", initial={"conditions": item.conditions}),
            SupportForm(auto_id=f"s{item.pk}_%s", owners=owners),
            MemberRecusalForm(auto_id=f"m{item.pk}_%s", seats=seats),
        )


def vote_form(item: AgendaItem) -> VoteForm:
    """The ballot paper of one item."""
    return VoteForm(auto_id=f"v{item.pk}_%s")


def _clean(form: forms.Form) -> dict:
    if not form.is_valid():
        raise ActRefused(
            "；".join(
                f"{form.fields[name].label}：{errors[0]}"
                for name, errors in form.errors.items()
                if name in form.fields
            )
        )
    return form.cleaned_data


def act_on_item(request: HttpRequest, item: AgendaItem) -> None:
    """Do what the posted `act` names; the services ask the right. Raises what they raise, 404 for an unknown act."""
    actor, sent = request.user, request.POST
    match sent.get("act"):
        case "open":
            services.open_vote(item, actor=actor, secret=sent.get("secret") == "yes")
        case "close":
            services.close_vote(item, actor=actor, rest_abstain="rest" in sent)
        case "postpone":
            services.postpone(item, actor=actor, **_clean(PostponeForm(sent)))
        case "conditions":
            services.set_conditions(item, actor=actor, **_clean(ConditionsForm(sent)))
        case "support":
            owners = Organisation.objects.confirmed().bureaus()
            services.grant_support(item, actor=actor, **_clean(SupportForm(sent, owners=owners)))
        case "drop":
            line = sent.get("line", "")
            services.drop_support(
                get_object_or_404(item.support, pk=line if line.isdigit() else 0), actor=actor
            )
        case "recuse":
            _recuse(request, item)
        case _other:
            raise Http404


def _recuse(request: HttpRequest, item: AgendaItem) -> None:
    seats = item.meeting.attendances.select_related("user")
    if "organisation" in request.POST:
        seat = get_object_or_404(seats, organisation__code=request.POST["organisation"])
    else:
        seat = get_object_or_404(seats, user=request.user)
    reason = request.POST.get("reason", "")
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明回避理由（至少2个字）。"))
    services.recuse_member(item, seat, actor=request.user, reason=reason)
