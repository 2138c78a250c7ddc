"""回避关系 at the desk: the register of recorded facts, each with its source and the clause it rests on."""

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talent.core.models import TalentProfile
from talent.core.services.errors import ActRefused, NotAllowed
from talent.placements import forms
from talent.placements.models import PlacementCase
from talent.placements.services import relations

from ..access import officers

ROWS = 50


@require_http_methods(["GET", "POST"])
@officers
def register(request: HttpRequest) -> HttpResponse:
    """Record a fact, end one, and read what is recorded and declared in our area."""
    book = relations.current_book()
    keeping = relations.posts_of(request.user, book=book)
    if not keeping:
        raise NotAllowed(_("回避关系由岗位需求核验和发布部门的审查人员记录。"))
    posted = request.POST
    form = forms.RelationForm(
        posted if "record" in posted else None, firms=relations.firms_of(keeping), book=book
    )
    end_form = forms.RelationEndForm(posted if "end" in posted else None)
    if request.method == "POST":
        try:
            if "record" in posted and form.is_valid():
                _record(request, form.cleaned_data)
            elif "end" in posted and end_form.is_valid():
                key = posted["end"] if posted["end"].isdigit() else "0"
                relation = get_object_or_404(relations.recorded(keeping), pk=key)
                relations.end(relation, actor=request.user, text=end_form.cleaned_data["text"])
            else:
                raise ActRefused(_("请填写完整后再提交。"), code="form")
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            flash.error(request, str(refusal))
        else:
            flash.success(request, _("已记录。") if "record" in posted else _("已解除。"))
            return redirect("desk:placement_relations")
    page = Paginator(relations.recorded(keeping), ROWS).get_page(request.GET.get("page"))
    known = {row.code: row for row in book.relations}
    declared = (
        PlacementCase.objects.visible_to(request.user)
        .exclude(declared=[])
        .select_related("applicant", "employer", "university")
        .order_by("-pk")[:ROWS]
    )
    return render(
        request, "placements/desk_relations.html",
        {"form": form, "end_form": end_form, "page": page, "known": list(known.values()),
         "rows": [(row, known.get(row.code)) for row in page],
         "declared": [(case, [known[code] for code in case.declared if code in known]) for case in declared]},
    )  # fmt: skip


def _record(request: HttpRequest, data: dict) -> None:
    person = None
    if data["account"]:
        person = TalentProfile.objects.filter(user__username=data["account"]).first()
        if person is None:
            raise ActRefused(
                _("没有账号为“%(account)s”的个人。") % {"account": data["account"]}, code="account"
            )
    relations.record(
        data["firm"], actor=request.user, code=data["code"], fact=data["fact"], source=data["source"],
        university=data["university"], person=person,
    )  # fmt: skip
