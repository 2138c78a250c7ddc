"""How a page of money finds what it shows, and what it does with a refusal."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages as flash
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from talent.core import roles
from talent.core.models import Award, Organisation, PaymentBatch, Recovery
from talent.core.services import audit, funds
from talent.core.services.errors import ActRefused

from ..access import held_posts, holders_of

ROWS = 50
# Whoever oversees or pays, and whoever holds and releases what was handed back to him.
readers = holders_of(roles.Act.VIEW_FUNDS, roles.Act.HOLD_PAYMENT)
finance = holders_of(roles.Act.VIEW_FUNDS)

_TABS = (
    ("due", gettext_lazy("应付清单")),
    ("batches", gettext_lazy("拨付批次")),
    ("changes", gettext_lazy("发放变更")),
    ("reviews", gettext_lazy("年度复核")),
    ("recoveries", gettext_lazy("追回")),
    ("budget", gettext_lazy("预算")),
    ("ageing", gettext_lazy("账龄")),
)
_FINANCE_ONLY = ("batches", "budget", "ageing")


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The pages of money the reader may open."""
    sees = may(request, roles.Act.VIEW_FUNDS)
    return [
        {"label": label, "url": reverse(f"desk:funds:{name}"), "current": name == current}
        for name, label in _TABS
        if sees or name not in _FINANCE_ONLY
    ]


def may(request: HttpRequest, act: roles.Act, organisation: Organisation | None = None) -> bool:
    """Whether a button is offered; the act asks again."""
    return any(
        post.role.may(act) and (organisation is None or post.organisation.pk == organisation.pk)
        for post in held_posts(request)
    )


def paying_offices(request: HttpRequest) -> list[Organisation]:
    """The finance bureaus for which the reader may build a batch."""
    found = {
        post.organisation.pk: post.organisation
        for post in held_posts(request)
        if post.role.may(roles.Act.PREPARE_PAYMENT)
    }
    return [found[key] for key in sorted(found)]


def _or_404(request: HttpRequest, rows, model, number: str):
    found = rows.filter(number=number).first()
    if found is None:
        if model.objects.filter(number=number).exists():
            audit.record("refused", actor=request.user, subject=number, succeeded=False)
        raise Http404
    return found


def find_batch(request: HttpRequest, number: str) -> PaymentBatch:
    """A batch the reader may see, else 404; a look at a foreign one is recorded."""
    rows = funds.visible_batches(request.user).select_related("organisation", "prepared_by", "sent_by")
    return _or_404(request, rows, PaymentBatch, number)


def find_award(request: HttpRequest, number: str) -> Award:
    """An award of a case the reader may see, else 404."""
    rows = Award.objects.visible_to(request.user).select_related(
        "case__applicant",
        "case__region",
        "edition",
        "handling_organisation",
        "paying_organisation",
        "approved_by",
    )
    return _or_404(request, rows, Award, number)


def find_recovery(request: HttpRequest, number: str) -> Recovery:
    """A recovery of a case the reader may see, else 404."""
    return _or_404(request, funds.visible_recoveries(request.user), Recovery, number)


def page_of(request: HttpRequest, rows) -> Page:
    """The page of `rows` that the address asks for; one that does not exist is the nearest."""
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))


def done(
    request: HttpRequest, act: Callable[[], object], sentence: str, back: str, *args: Any
) -> HttpResponse:
    """Do `act` and go `back` with the sentence, or with the refusal's; a right that is missing is a 403."""
    try:
        act()
    except ActRefused as refusal:
        if refusal.status == 403:
            raise
        flash.error(request, str(refusal))
    else:
        flash.success(request, sentence)
    return redirect(back, *args)


def first_error(form) -> str:
    """The first thing wrong with a form, for acts that have no page of their own."""
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label if name in form.fields else ""
    return f"{label}：{errors[0]}" if label else str(errors[0])
