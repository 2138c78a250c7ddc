"""Needs to check and to publish."""

from django import forms as django_forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from talent.core.services.errors import ActRefused
from talent.placements import forms
from talent.placements.models import Need
from talent.placements.services import needs, places

from ..access import officers
from .doors import bureaus


class ReturnForm(django_forms.Form):
    reason = django_forms.CharField(label=gettext_lazy("退回原因"), max_length=300)


@require_http_methods(["GET", "POST"])
@officers
def need(request: HttpRequest, number: str) -> HttpResponse:
    """Check the firm (county), publish (lead), or return with a reason."""
    ours = bureaus(request)
    found = get_object_or_404(
        Need.objects.select_related("firm", "chain", "region", "county_bureau", "lead_bureau", "edition"),
        number=number,
    )
    if not {found.county_bureau_id, found.lead_bureau_id} & set(ours):
        raise Http404
    book = places.book_of(found)
    check_form = forms.NeedCheckForm(request.POST if "check" in request.POST else None, book=book)
    return_form = ReturnForm(request.POST if "return" in request.POST else None)
    if request.method == "POST":
        try:
            if "check" in request.POST and check_form.is_valid():
                needs.check(
                    found, actor=request.user, firm_class=check_form.cleaned_data["firm_class"],
                    conditions=check_form.conditions(), opinion=check_form.cleaned_data["opinion"],
                )  # fmt: skip
            elif "publish" in request.POST:
                needs.publish(found, actor=request.user)
            elif "return" in request.POST and return_form.is_valid():
                needs.send_back(found, actor=request.user, reason=return_form.cleaned_data["reason"])
            else:
                raise ActRefused(_("请填写完整后再提交。"), code="form")
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            (return_form if "return" in request.POST else check_form).is_valid()
            flash.error(request, str(refusal))
        else:
            flash.success(request, _("已办理 %(number)s。") % {"number": number})
            return redirect("desk:placements")
    return render(
        request, "placements/desk_need.html",
        {"need": found, "kind": book.kind(found.kind), "check_form": check_form, "return_form": return_form,
         "can_check": found.status == Need.Status.CHECKING and found.county_bureau_id in ours,
         "can_publish": found.status == Need.Status.CHECKED and found.lead_bureau_id in ours, "mark": found.edition.mark},
    )  # fmt: skip
