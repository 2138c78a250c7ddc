"""The small forms beside a case: a reason, a note, a message, a colleague."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class ReasonForm(forms.Form):
    """One reason, for the acts that need one."""

    reason = forms.CharField(
        label=gettext_lazy("原因"), max_length=300, min_length=2, widget=forms.Textarea(attrs={"rows": 3})
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("内部留言"),
        max_length=1000,
        help_text=gettext_lazy("仅办理人员可见，申请人和用人单位看不到"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MessageForm(forms.Form):
    body = forms.CharField(
        label=gettext_lazy("发给申请人的消息"),
        max_length=500,
        min_length=2,
        help_text=gettext_lazy("申请人会看到，请勿填写证件号码等个人信息"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class StopForm(ReasonForm):
    clause = forms.CharField(label=gettext_lazy("依据条款"), max_length=200)


class TransferForm(ReasonForm):
    to = forms.ChoiceField(label=gettext_lazy("转给"))

    def __init__(self, *args, people, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", _("请选择")), *((person.pk, str(person)) for person in people)]
        self.order_fields(["to", "reason"])
