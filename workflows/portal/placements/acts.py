"""What a side may do in a case: one table of acts, one page that shows the form and one door that calls the service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.contrib import messages as flash
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from talent.core.models import User
from talent.core.services import calendar, materials
from talent.core.services.errors import ActRefused, Conflict
from talent.placements import forms
from talent.placements.models import Placement, PlacementCase, Rating, SignedCopy
from talent.placements.services import agreeing, applying, changing, ending, places, rating
from workflows.base import acts as engine
from workflows.flows.placements import PlacementFlow

Side = SignedCopy.Side
PROOF = "P03"


@dataclass(frozen=True)
class CaseAct:
    """One act: its words, whose it is, when it is open, its form, and what it calls.

    form(case, data, files) builds the form; do(case, actor, side, form) acts and may raise `ActRefused`.
    """

    title: Any
    button: Any
    sides: tuple[str, ...]
    open: Callable[[PlacementCase], bool]
    form: Callable[[PlacementCase, Any, Any], django_forms.Form]
    do: Callable[[PlacementCase, User, str, django_forms.Form], object]
    main: bool = False


def place_of(case: PlacementCase) -> Placement | None:
    return Placement.objects.filter(case=case).select_related("firm", "university", "person").first()


def _running(case: PlacementCase) -> bool:
    place = place_of(case)
    return place is not None and place.state in ("active", "suspended")


def _rating_in(case: PlacementCase, state: str) -> Rating | None:
    return Rating.objects.filter(placement__case=case, state=state).order_by("number").first()


def attach_proof(case: PlacementCase, *, actor: User, upload: Any) -> None:
    """The person's proof of degree or title, filed with the case."""
    line = case.materials.get(code=PROOF)
    version = materials.store_upload(
        upload, owner=case.applicant, type_code=PROOF, title=line.name, actor=actor
    )
    materials.attach(line, version, actor=actor)


def _confirm_person(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    attach_proof(case, actor=actor, upload=form.cleaned_data["proof"])
    engine.answer(case, "confirm_person", actor=actor, agreed=True, side=side, **form.of_person())


def _decline_person(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    engine.answer(
        case, "confirm_person", actor=actor, agreed=False, side=side, reason=form.cleaned_data["reason"]
    )


def _confirm_firm(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    data = form.cleaned_data
    if data["answer"] == "yes":
        engine.answer(case, "confirm_firm", actor=actor, agreed=True, side=side)
    else:
        engine.answer(case, "confirm_firm", actor=actor, agreed=False, side=side, reason=data["reason"])


def _consent(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    data = form.cleaned_data
    if data["answer"] == "yes":
        engine.answer(
            case, "consent", actor=actor, agreed=True, terms=data["terms"], declared=data["declared"],
            no_teaching_conflict=data["no_teaching_conflict"],
        )  # fmt: skip
    else:
        engine.answer(case, "consent", actor=actor, agreed=False, reason=data["terms"])


def _sign(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    data = form.cleaned_data
    with transaction.atomic():
        all_signed = agreeing.sign(case, actor=actor, side=side, digest=data["digest"], upload=data["copy"])
        if all_signed:
            engine.answer(case, "agreement", actor=actor)


def _sign_form(case: PlacementCase, data: Any, files: Any) -> forms.SignForm:
    agreement = agreeing.current(case)
    return forms.SignForm(data, files, initial={"digest": agreement.digest if agreement else ""})


def _clauses_form(case: PlacementCase, data: Any, files: Any) -> forms.ClausesForm:
    agreement = agreeing.current(case)
    before = {row["code"]: row["text"] for row in agreement.clauses} if agreement else {}
    return forms.ClausesForm(data, book=places.book_of(case), initial=before)


def _with_book(kind: type) -> Callable[[PlacementCase, Any, Any], Any]:
    return lambda case, data, files: kind(data, book=places.book_of(case))


def _plain(kind: type) -> Callable[[PlacementCase, Any, Any], Any]:
    return lambda case, data, files: kind(data)


def _renew(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    with transaction.atomic():
        PlacementFlow.start_for(applying.renew(case, actor=actor, months=form.cleaned_data["months"]))


def _replace(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    data = form.cleaned_data
    with transaction.atomic():
        made = applying.invite(
            case.need, actor=actor, offer=data["offer"], starts_on=data["starts_on"], term_months=data["months"],
            replaces=case,
        )  # fmt: skip
        PlacementFlow.start_for(made)


def _may_renew(case: PlacementCase) -> bool:
    place = place_of(case)
    return place is not None and place.state in ("active", "ended") and place.ended_on is None


def _may_replace(case: PlacementCase) -> bool:
    place = place_of(case)
    return place is not None and place.ended_on is not None


class ReasonForm(django_forms.Form):
    reason = django_forms.CharField(label=_("原因"), max_length=300)


class ObjectionForm(django_forms.Form):
    text = django_forms.CharField(
        label=_("异议内容和事实"), max_length=1000, widget=django_forms.Textarea(attrs={"rows": 4})
    )


ACTS: dict[str, CaseAct] = {
    "confirm-person": CaseAct(
        _("确认任职意向"), _("确认"), (Side.PERSON,), lambda case: case.step == "confirm_person",
        lambda case, data, files: forms.OfPersonForm(data, files, book=places.book_of(case)), _confirm_person, main=True,
    ),
    "decline": CaseAct(
        _("谢绝邀请"), _("谢绝"), (Side.PERSON,), lambda case: case.step == "confirm_person", _plain(ReasonForm), _decline_person,
    ),
    "confirm-firm": CaseAct(
        _("确认人选"), _("提交"), (Side.FIRM,), lambda case: case.step == "confirm_firm", _plain(forms.AnswerForm),
        _confirm_firm, main=True,
    ),
    "consent": CaseAct(
        _("派出单位意见"), _("提交意见"), (Side.UNIVERSITY,), lambda case: case.step == "consent",
        _plain(forms.ConsentForm), _consent, main=True,
    ),
    "draft": CaseAct(
        _("起草三方协议"), _("生成协议"), (Side.FIRM,), lambda case: case.step == "agreement", _clauses_form,
        lambda case, actor, side, form: agreeing.draft(case, actor=actor, clauses=form.cleaned_data), main=True,
    ),
    "sign": CaseAct(
        _("上传签署件"), _("上传"), tuple(Side),
        lambda case: case.step == "agreement" and agreeing.current(case) is not None, _sign_form, _sign, main=True,
    ),
    "suspend": CaseAct(
        _("办理中止"), _("中止"), tuple(Side), _running, _with_book(forms.SuspendForm),
        lambda case, actor, side, form: changing.suspend(place_of(case), actor=actor, side=side, **form.cleaned_data),
    ),
    "resume": CaseAct(
        _("办理恢复"), _("恢复"), tuple(Side),
        lambda case: _running(case) and place_of(case).suspensions.filter(resumed=False).exists(), _plain(forms.ResumeForm),
        lambda case, actor, side, form: changing.resume(place_of(case), actor=actor, side=side, **form.cleaned_data),
        main=True,
    ),
    "extend": CaseAct(
        _("申请延长"), _("提交申请"), tuple(Side), _running, _plain(forms.ExtendForm),
        lambda case, actor, side, form: changing.ask_extension(place_of(case), actor=actor, side=side, **form.cleaned_data),
    ),
    "end": CaseAct(
        _("提前终止"), _("终止"), tuple(Side), lambda case: _running(case) and place_of(case).ended_on is None,
        _with_book(forms.EndForm),
        lambda case, actor, side, form: ending.end_early(place_of(case), actor=actor, side=side, **form.cleaned_data),
    ),
    "renew": CaseAct(
        _("续聘"), _("邀请续聘"), (Side.FIRM,), _may_renew,
        lambda case, data, files: forms.RenewForm(data, initial={"months": places.book_of(case).kind(case.kind).term_default}),
        _renew,
    ),
    "replace": CaseAct(
        _("更换人选"), _("邀请接替"), (Side.FIRM,), _may_replace, _plain(forms.ReplaceForm), _replace,
    ),
    "rate-firm": CaseAct(
        _("企业年度评价"), _("提交评价"), (Side.FIRM,), lambda case: _rating_in(case, "firm") is not None,
        _with_book(forms.RatingForm),
        lambda case, actor, side, form: rating.by_firm(_rating_in(case, "firm"), actor=actor, **form.cleaned_data),
        main=True,
    ),
    "rate-university": CaseAct(
        _("派出单位年度评价"), _("提交评价"), (Side.UNIVERSITY,), lambda case: _rating_in(case, "university") is not None,
        _with_book(forms.RatingForm),
        lambda case, actor, side, form: rating.by_university(_rating_in(case, "university"), actor=actor, **form.cleaned_data),
        main=True,
    ),
    "object": CaseAct(
        _("对考核提出异议"), _("提交异议"), (Side.PERSON,),
        lambda case: (given := _rating_in(case, "given")) is not None and given.object_until >= calendar.today(),
        _plain(ObjectionForm),
        lambda case, actor, side, form: rating.object_to(_rating_in(case, "given"), actor=actor, **form.cleaned_data),
    ),
}  # fmt: skip


def open_acts(case: PlacementCase, sides: list[str]) -> list[tuple[str, CaseAct]]:
    """What the given sides may do now, the awaited ones first."""
    found = [(slug, act) for slug, act in ACTS.items() if set(act.sides) & set(sides) and act.open(case)]
    return sorted(found, key=lambda pair: not pair[1].main)


def act_page(
    request: HttpRequest, case: PlacementCase, slug: str, *, sides: list[str], back: str, back_title: Any
) -> HttpResponse:
    """Show the form of an act, or do it. 404 for an act that is not of these sides."""
    act = ACTS.get(slug)
    speaking = [side for side in sides if act is not None and side in act.sides]
    if not speaking:
        raise Http404
    if not act.open(case):
        raise Conflict(_("“%(title)s”现在不能办理，请刷新页面查看最新状态。") % {"title": act.title})
    posted = request.method == "POST"
    form = act.form(case, request.POST if posted else None, request.FILES if posted else None)
    status = 200
    if posted and form.is_valid():
        try:
            act.do(case, request.user, speaking[0], form)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已办理：%(title)s。") % {"title": act.title})
            return redirect(back)
    return render(
        request, "placements/act.html",
        {"case": case, "act": act, "form": form, "back": back, "back_title": back_title, "mark": case.edition.mark,
         "uploads": form.is_multipart(), "agreement": agreeing.current(case) if slug == "sign" else None},
        status=status,
    )  # fmt: skip
