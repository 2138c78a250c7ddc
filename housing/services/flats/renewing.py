"""续租: asked in the last weeks of a term, checked once more, never beyond the longest term of the level."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from housing.models import Renewal, Tenancy
from housing.rules import add_months
from talent.core.models import User
from talent.core.services import audit, calendar
from talent.core.services.errors import ActRefused, Conflict

from . import rights
from .letting import held

# What is checked again: code → words.
ITEMS = {
    "in_post": gettext_lazy("仍在本地用人单位全职工作"),
    "no_home": gettext_lazy("家庭在本地仍没有住房"),
    "no_cash": gettext_lazy("没有享受租房补贴等其他住房待遇"),
    "rent_paid": gettext_lazy("租金已按期缴纳"),
}


def renewal_window(tenancy: Tenancy) -> tuple[date, date] | None:
    """From when renewal may be asked, and until when it would run; None when the longest term is reached."""
    if tenancy.state != Tenancy.State.RUNNING:
        return None
    terms = rights.terms_of(tenancy.entry.edition)
    until = add_months(tenancy.ends_on + timedelta(days=1), terms.term_months) - timedelta(days=1)
    if tenancy.latest_end is not None:
        until = min(until, tenancy.latest_end)
    if until <= tenancy.ends_on:
        return None
    return tenancy.ends_on - timedelta(days=terms.warn_days), until


@transaction.atomic
def ask_renewal(tenancy: Tenancy, *, actor: User) -> Renewal:
    """The tenant asks. Raises `ActRefused` outside the window, `Conflict` when it is asked already."""
    rights.require_self(actor, tenancy.person)
    tenancy = held(tenancy, Tenancy.State.RUNNING)
    window = renewal_window(tenancy)
    if window is None:
        raise ActRefused(_("已到本层次的最长租期，不能续租。"))
    if calendar.today() < window[0]:
        raise ActRefused(_("%(day)s起可以申请续租。") % {"day": f"{window[0]:%Y-%m-%d}"})
    if tenancy.renewals.filter(state=Renewal.State.ASKED).exists():
        raise Conflict(_("续租申请正在核查，请勿重复提交。"))
    renewal = Renewal.objects.create(tenancy=tenancy, until=window[1])
    audit.record("renewal_asked", actor=actor, subject=tenancy.entry.number)
    return renewal


@transaction.atomic
def decide_renewal(
    renewal: Renewal, *, actor: User, granted: bool, met: dict[str, bool], opinion: str
) -> Renewal:
    """续租核查: every item of `ITEMS` is answered; a grant against one that is not met is refused."""
    rights.require_bureau(actor, renewal.tenancy.entry.organisation, renewal.tenancy.person)
    tenancy = held(renewal.tenancy, Tenancy.State.RUNNING)
    renewal = Renewal.objects.select_for_update().get(pk=renewal.pk)
    if renewal.state != Renewal.State.ASKED:
        raise Conflict(_("续租申请已经办理。"))
    against = [str(words) for code, words in ITEMS.items() if not met.get(code)]
    if granted and against:
        raise ActRefused(_("以下各项不符合，不能同意续租：%(items)s。") % {"items": "、".join(against)})
    renewal.state = Renewal.State.GRANTED if granted else Renewal.State.REFUSED
    renewal.findings = [{"item": str(words), "met": bool(met.get(code))} for code, words in ITEMS.items()]
    renewal.opinion, renewal.decided_by = rights.reasoned(opinion), actor
    renewal.save(update_fields=["state", "findings", "opinion", "decided_by"])
    if granted:
        tenancy.ends_on = renewal.until
        tenancy.save(update_fields=["ends_on"])
    audit.record("renewal_decided", actor=actor, subject=tenancy.entry.number, detail={"granted": granted})
    rights.tell(
        tenancy.person, kind="renewal_decided", subject=_("人才公寓续租结果"),
        body=_("同意续租至%(day)s。") % {"day": f"{renewal.until:%Y-%m-%d}"} if granted
        else _("续租未获同意，请登录查看理由，并在租期届满前退房。"),
    )  # fmt: skip
    return renewal
