"""The acts a side may do in a case: their words, whose they are, when they are open, and what they call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from talent.core.models import User
from talent.core.services import calendar, materials, policy
from talent.placements import forms
from talent.placements.models import Placement, PlacementCase, Rating, SignedCopy, SubsidyClaim, TermProposal
from talent.placements.services import (
    agreeing,
    applying,
    changing,
    claims,
    countersigning,
    ending,
    places,
    rating,
    subsidies,
)
from workflows.base import acts as engine
from workflows.flows.placements import PlacementFlow

Side = SignedCopy.Side
PROOF = "P03"


@dataclass(frozen=True)
class CaseAct:
    """One act: its words, whose it is, when it is open, its form, and what it calls.

    open(case, side); form(case, side, data, files) builds the form; do(case, actor, side, form) acts and may raise
    `ActRefused`; facts(case) are rows of a summary shown above the form.
    """

    title: Any
    button: Any
    sides: tuple[str, ...]
    open: Callable[[PlacementCase, str], bool]
    form: Callable[[PlacementCase, str, Any, Any], django_forms.Form]
    do: Callable[[PlacementCase, User, str, django_forms.Form], object]
    main: bool = False
    facts: Callable[[PlacementCase], list[dict[str, Any]]] | None = None


def place_of(case: PlacementCase) -> Placement | None:
    return Placement.objects.filter(case=case).select_related("firm", "university", "person").first()


def _running(case: PlacementCase, side: str = "") -> bool:
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


def _sign_form(case: PlacementCase, side: str, data: Any, files: Any) -> forms.SignForm:
    agreement = agreeing.current(case)
    return forms.SignForm(data, files, initial={"digest": agreement.digest if agreement else ""})


def _clauses_form(case: PlacementCase, side: str, data: Any, files: Any) -> forms.ClausesForm:
    agreement = agreeing.current(case)
    before = {row["code"]: row["text"] for row in agreement.clauses} if agreement else {}
    return forms.ClausesForm(data, book=places.book_of(case), initial=before)


def _with_book(kind: type) -> Callable[[PlacementCase, str, Any, Any], Any]:
    return lambda case, side, data, files: kind(data, book=places.book_of(case))


def _plain(kind: type) -> Callable[[PlacementCase, str, Any, Any], Any]:
    return lambda case, side, data, files: kind(data)


def _renew(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    with transaction.atomic():
        PlacementFlow.start_for(
            applying.renew(case, actor=actor, months=form.cleaned_data["months"], uploads=form.uploads())
        )


def _renew_form(case: PlacementCase, side: str, data: Any, files: Any) -> forms.RenewForm:
    book, figures = places.book_of(case), policy.figures(case.edition)
    asked = [(code, figures.material(code).name) for code in book.renewal.materials]
    return forms.RenewForm(
        data, files, materials=asked, initial={"months": book.kind(case.kind).term_default}
    )


def _replace(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    data = form.cleaned_data
    with transaction.atomic():
        made = applying.invite(
            case.need, actor=actor, offer=data["offer"], starts_on=data["starts_on"], term_months=data["months"],
            replaces=case,
        )  # fmt: skip
        PlacementFlow.start_for(made)


def _may_renew(case: PlacementCase, side: str) -> bool:
    place = place_of(case)
    return place is not None and place.state in ("active", "ended") and place.ended_on is None


def _may_replace(case: PlacementCase, side: str) -> bool:
    place = place_of(case)
    return place is not None and place.ended_on is not None


def _proposal(case: PlacementCase) -> TermProposal | None:
    place = place_of(case)
    return countersigning.open_proposal(place) if place else None


def _may_propose(case: PlacementCase, side: str) -> bool:
    return _running(case) and _proposal(case) is None


def _may_sign(case: PlacementCase, side: str) -> bool:
    proposal = _proposal(case)
    return proposal is not None and countersigning.waits_for(proposal, side)


def _may_take_back(case: PlacementCase, side: str) -> bool:
    proposal = _proposal(case)
    return proposal is not None and proposal.side == side and not proposal.by_notice


def _countersign(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    data = form.cleaned_data
    countersigning.sign(
        _proposal(case), actor=actor, side=side, agreed=data["answer"] == "yes", text=data["text"]
    )


def _proposed(case: PlacementCase) -> list[dict[str, Any]]:
    """What is to be signed, as rows of a summary."""
    return countersigning.in_words(_proposal(case))


def _end_form(case: PlacementCase, side: str, data: Any, files: Any) -> forms.EndForm:
    return forms.EndForm(
        data, book=places.book_of(case), settlement=ending.settlement(place_of(case), calendar.today())
    )


def _claimable(case: PlacementCase, side: str) -> list[subsidies.Claimable]:
    place = place_of(case)
    organisation = case.employer_id if side == Side.FIRM else case.university_id
    return subsidies.claimable(place, [organisation]) if place else []


def _claim_form(case: PlacementCase, side: str, data: Any, files: Any) -> forms.ClaimForm:
    choices = [
        (f"{one.code}-{one.rating.number}", _("%(title)s（第%(year)d年）") % {"title": one.title, "year": one.rating.number})
        for one in _claimable(case, side)
    ]  # fmt: skip
    organisation = case.employer if side == Side.FIRM else case.university
    return forms.ClaimForm(data, files, claimable=choices, initial={"holder": organisation.name})


def _claim(case: PlacementCase, actor: User, side: str, form: Any) -> None:
    chosen = next(
        one
        for one in _claimable(case, side)
        if f"{one.code}-{one.rating.number}" == form.cleaned_data["what"]
    )
    claims.claim(chosen.rating, actor=actor, code=chosen.code, **form.facts())


def _open_claim(case: PlacementCase, side: str) -> Any:
    organisation = case.employer_id if side == Side.FIRM else case.university_id
    return SubsidyClaim.objects.filter(
        placement__case=case, claimant=organisation, state=SubsidyClaim.State.CLAIMED
    ).first()


class ReasonForm(django_forms.Form):
    reason = django_forms.CharField(label=_("原因"), max_length=300)


class ObjectionForm(django_forms.Form):
    text = django_forms.CharField(
        label=_("异议内容和事实"), max_length=1000, widget=django_forms.Textarea(attrs={"rows": 4})
    )


ACTS: dict[str, CaseAct] = {
    "confirm-person": CaseAct(
        _("确认任职意向"), _("确认"), (Side.PERSON,), lambda case, side: case.step == "confirm_person",
        lambda case, side, data, files: forms.OfPersonForm(data, files, book=places.book_of(case)), _confirm_person, main=True,
    ),
    "decline": CaseAct(
        _("谢绝邀请"), _("谢绝"), (Side.PERSON,), lambda case, side: case.step == "confirm_person", _plain(ReasonForm), _decline_person,
    ),
    "confirm-firm": CaseAct(
        _("确认人选"), _("提交"), (Side.FIRM,), lambda case, side: case.step == "confirm_firm", _plain(forms.AnswerForm),
        _confirm_firm, main=True,
    ),
    "consent": CaseAct(
        _("派出单位意见"), _("提交意见"), (Side.UNIVERSITY,), lambda case, side: case.step == "consent",
        _plain(forms.ConsentForm), _consent, main=True,
    ),
    "draft": CaseAct(
        _("起草三方协议"), _("生成协议"), (Side.FIRM,), lambda case, side: case.step == "agreement", _clauses_form,
        lambda case, actor, side, form: agreeing.draft(case, actor=actor, clauses=form.cleaned_data), main=True,
    ),
    "sign": CaseAct(
        _("上传签署件"), _("上传"), tuple(Side),
        lambda case, side: case.step == "agreement" and agreeing.current(case) is not None, _sign_form, _sign, main=True,
    ),
    "countersign": CaseAct(
        _("会签"), _("提交会签"), tuple(Side), _may_sign, _plain(forms.CountersignForm), _countersign, main=True,
        facts=_proposed,
    ),
    "withdraw-proposal": CaseAct(
        _("撤回提议"), _("撤回"), tuple(Side), _may_take_back, _plain(django_forms.Form),
        lambda case, actor, side, form: countersigning.withdraw(_proposal(case), actor=actor, side=side), facts=_proposed,
    ),
    "claim": CaseAct(
        _("申请补助"), _("提交申请"), (Side.FIRM, Side.UNIVERSITY), lambda case, side: bool(_claimable(case, side)),
        _claim_form, _claim, main=True,
    ),
    "withdraw-claim": CaseAct(
        _("撤回补助申请"), _("撤回"), (Side.FIRM, Side.UNIVERSITY), lambda case, side: _open_claim(case, side) is not None,
        _plain(django_forms.Form), lambda case, actor, side, form: claims.withdraw(_open_claim(case, side), actor=actor),
    ),
    "suspend": CaseAct(
        _("提出中止"), _("提交其他两方会签"), tuple(Side), _may_propose, _with_book(forms.SuspendForm),
        lambda case, actor, side, form: countersigning.propose_suspension(place_of(case), actor=actor, side=side, **form.cleaned_data),
    ),
    "resume": CaseAct(
        _("办理恢复"), _("恢复"), tuple(Side),
        lambda case, side: _running(case) and place_of(case).suspensions.filter(resumed=False).exists(), _plain(forms.ResumeForm),
        lambda case, actor, side, form: changing.resume(place_of(case), actor=actor, side=side, **form.cleaned_data),
        main=True,
    ),
    "extend": CaseAct(
        _("申请延长"), _("提交申请"), tuple(Side), _running, _plain(forms.ExtendForm),
        lambda case, actor, side, form: changing.ask_extension(place_of(case), actor=actor, side=side, **form.cleaned_data),
    ),
    "end": CaseAct(
        _("提前终止"), _("提交"), tuple(Side), lambda case, side: _may_propose(case, side) and place_of(case).ended_on is None,
        _end_form,
        lambda case, actor, side, form: countersigning.propose_end(place_of(case), actor=actor, side=side, **form.cleaned_data),
    ),
    "renew": CaseAct(
        _("续聘"), _("邀请续聘"), (Side.FIRM,), _may_renew,
        _renew_form,
        _renew,
    ),
    "replace": CaseAct(
        _("更换人选"), _("邀请接替"), (Side.FIRM,), _may_replace, _plain(forms.ReplaceForm), _replace,
    ),
    "rate-firm": CaseAct(
        _("企业年度评价"), _("提交评价"), (Side.FIRM,), lambda case, side: _rating_in(case, "firm") is not None,
        lambda case, side, data, files: forms.FirmRatingForm(data, files, book=places.book_of(case)),
        lambda case, actor, side, form: rating.by_firm(_rating_in(case, "firm"), actor=actor, **form.cleaned_data),
        main=True,
    ),
    "rate-university": CaseAct(
        _("派出单位年度评价"), _("提交评价"), (Side.UNIVERSITY,), lambda case, side: _rating_in(case, "university") is not None,
        _with_book(forms.RatingForm),
        lambda case, actor, side, form: rating.by_university(_rating_in(case, "university"), actor=actor, **form.cleaned_data),
        main=True,
    ),
    "object": CaseAct(
        _("对考核提出异议"), _("提交异议"), (Side.PERSON,),
        lambda case, side: (given := _rating_in(case, "given")) is not None and given.object_until >= calendar.today(),
        _plain(ObjectionForm),
        lambda case, actor, side, form: rating.object_to(_rating_in(case, "given"), actor=actor, **form.cleaned_data),
    ),
}  # fmt: skip
