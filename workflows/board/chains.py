"""产业链: the matrix, one chain with what it has and lacks and whom it looks for, and keeping it."""

from django import forms
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core.models import ChainRecord, IndustryChain
from talent.core.services import atlas, policy
from talent.core.services.errors import ActRefused

from . import doors

# Leads named on a chain's page; the atlas has all of them.
CANDIDATES = 10


class RecordForm(forms.ModelForm):
    class Meta:
        model = ChainRecord
        fields = ("kind", "name", "organisation", "grade", "since", "source")
        widgets = {"since": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}  # noqa: RUF012


@require_safe
@doors.chain_readers
def chains(request: HttpRequest) -> HttpResponse:
    """Every chain against 一链条一平台一院士多团队."""
    coverage = policy.yearly()[1]
    rows = atlas.standing_of_chain(coverage)
    return render(
        request,
        "board/chains.html",
        {
            "tabs": doors.tabs(request, "chains"),
            "rows": rows,
            "heads": rows[0].cells if rows else (),
            "coverage": coverage,
            "complete": sum(not row.gaps for row in rows),
        },
    )


@require_http_methods(["GET", "POST"])
@doors.chain_readers
def chain(request: HttpRequest, code: str) -> HttpResponse:
    """One chain: what it has with its source, what lacks, and the leads that could fill the gap."""
    found = get_object_or_404(IndustryChain, code=code)
    keeps = atlas.may_keep(request.user, city=True)
    form = RecordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = atlas.record(found, actor=request.user, **form.cleaned_data)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已登记“%(name)s”。") % {"name": made})
            return redirect("lead:chain", code=code)
    rows = atlas.standing_of_chain(policy.yearly()[1])
    return render(
        request,
        "board/chain.html",
        {
            "chain": found,
            "standing": next((row for row in rows if row.chain.pk == found.pk), None),
            "records": atlas.records().filter(chain=found).select_related("recorded_by"),
            "leads": atlas.search(request.user, chain=found)[:CANDIDATES],
            "form": form if keeps else None,
        },
    )


@require_POST
@doors.chain_readers
def end(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """An element of the chain is no more."""
    row = get_object_or_404(ChainRecord.objects.select_related("chain"), pk=pk, chain__code=code)
    try:
        atlas.end(row, actor=request.user, reason=request.POST.get("reason", "")[:200])
    except ActRefused as refusal:
        if refusal.status == 403:
            raise
        flash.error(request, str(refusal))
    else:
        flash.success(request, _("“%(name)s”已终止。") % {"name": row})
    return redirect("lead:chain", code=code)
