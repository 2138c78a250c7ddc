"""岗位需求 for everybody: the open needs, without anything about a person or a contact."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from talent.core.services import calendar, policy
from talent.placements.forms import NeedFilter, current_book
from talent.placements.models import Need, UniversityStrength
from talent.placements.services import needs
from talent.placements.services.places import book_of

PAGE = 20


@login_not_required
@require_safe
def need_list(request: HttpRequest) -> HttpResponse:
    form = NeedFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = Paginator(needs.published(calendar.today(), **chosen), PAGE).get_page(request.GET.get("page"))
    kinds = {kind.code: kind.title for kind in current_book().kinds}
    return render(
        request, "placements/open_needs.html",
        {"form": form, "page": page, "rows": [{"need": need, "kind": kinds.get(need.kind, need.kind)} for need in page],
         "strengths": UniversityStrength.objects.filter(withdrawn_at__isnull=True).select_related("university", "chain")[:30],
         "mark": policy.edition_for("placements").mark},
    )  # fmt: skip


@login_not_required
@require_safe
def need_page(request: HttpRequest, number: str) -> HttpResponse:
    need = get_object_or_404(
        Need.objects.open_to_public(calendar.today()).select_related("firm", "chain", "region", "edition"),
        number=number,
    )
    kind = book_of(need).kind(need.kind)
    return render(
        request, "placements/open_need.html", {"need": need, "kind": kind, "mark": need.edition.mark}
    )
