"""P8, P9: the three-party agreement in frozen versions, signed by each side in any order; then the 聘书."""

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import CaseEvent, Letter, User
from talent.core.services import calendar, cases, letters, materials
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.placements.letters import AgreementText, AppointmentLetter, agreed_terms
from talent.placements.models import Agreement, Placement, PlacementCase, SignedCopy

from . import places, reporting
from .sides import Side, standing_for, tell_sides

AGREEMENT = "P05"


def current(case: PlacementCase) -> Agreement | None:
    """The version that is open for signing or signed."""
    return case.agreements.exclude(state=Agreement.State.SUPERSEDED).first()


@transaction.atomic
def draft(case: PlacementCase, *, actor: User, clauses: dict[str, str]) -> Agreement:
    """The firm drafts the agreement from the terms of the case and the text of each clause; it is frozen at once.

    A new draft supersedes the open one, and what was signed of it no longer counts. Raises `ActRefused` naming every
    clause that is missing, `Conflict` once all have signed.
    """
    standing = standing_for(case, Side.FIRM, actor=actor)
    case = PlacementCase.objects.select_for_update().get(pk=case.pk)
    if case.step != "agreement":
        raise Conflict(_("办件 %(number)s 现在不在签订协议环节。") % {"number": case.number})
    book = places.book_of(case)
    missing = [row.title for row in book.clauses if row.required and not clauses.get(row.code, "").strip()]
    if missing:
        raise ActRefused(_("请填写协议条款：%(names)s。") % {"names": "、".join(missing)}, code="clauses")
    places.check_again(case)
    before = current(case)
    if before is not None and before.state == Agreement.State.SIGNED:
        raise Conflict(_("三方协议已经签署，不能再修改；需要变更的，按变更办理。"))
    terms = [list(pair) for pair in agreed_terms(case, kind_title=book.kind(case.kind).title)]
    text = [
        {
            "code": row.code,
            "title": row.title,
            "text": clauses[row.code].strip(),
            "parties_only": row.parties_only,
        }
        for row in book.clauses
        if clauses.get(row.code, "").strip()
    ]
    if before is not None:
        before.state = Agreement.State.SUPERSEDED
        before.save(update_fields=["state"])
    agreement = Agreement.objects.create(
        case=case,
        version=(before.version if before else 0) + 1,
        terms=terms,
        clauses=text,
        digest=Agreement.digest_of(terms, text),
        drafted_by=actor,
    )
    document = AgreementText.of(agreement)
    if before is not None:
        agreement.letter = letters.supersede(before.letter, document, actor=actor, reason=_("协议条款修改"))
    else:
        agreement.letter = letters.issue(case, document, issuer=case.lead_organisation, actor=actor)
    agreement.save(update_fields=["letter"])
    cases.record(
        case, "agreement_drafted", actor=actor, standing=standing, title=_("起草三方协议"),
        public_text=_("三方协议第%(version)d版已生成，请三方核对后各自签署并上传。") % {"version": agreement.version},
        figures={"version": agreement.version, "digest": agreement.digest},
    )  # fmt: skip
    tell_sides(
        case, kind="agreement_drafted", subject=_("三方协议待签署"), but=Side.FIRM,
        body=_("办件 %(number)s 的三方协议已生成，请下载核对，签署后上传。") % {"number": case.number},
    )  # fmt: skip
    return agreement


@transaction.atomic
def sign(case: PlacementCase, *, actor: User, side: str, digest: str, upload: UploadedFile) -> bool:
    """One side uploads its signed copy of the version with `digest`. Returns whether all three have signed now.

    digest: of the version the page showed, so that nobody signs another text than the one read.
    """
    standing = standing_for(case, side, actor=actor)
    agreement = Agreement.objects.select_for_update().filter(case=case, state=Agreement.State.OPEN).first()
    if agreement is None:
        raise Conflict(_("没有待签署的三方协议，请等待企业起草，或刷新页面。"))
    if digest != agreement.digest:
        raise Conflict(_("协议已有新的版本，请下载新版本核对后再签署。"))
    if agreement.copies.filter(side=side).exists():
        raise Conflict(_("%(side)s已经上传签署件。") % {"side": Side(side).label})
    owner = {Side.FIRM: case.employer, Side.UNIVERSITY: case.university, Side.PERSON: case.applicant}[
        Side(side)
    ]
    version = materials.store_upload(
        upload, owner=owner, type_code=AGREEMENT, actor=actor,
        title=_("三方协议签署件 %(number)s 第%(version)d版") % {"number": case.number, "version": agreement.version},
    )  # fmt: skip
    SignedCopy.objects.create(
        agreement=agreement, side=side, file=version, digest=agreement.digest, signed_by=actor
    )
    signed = agreement.copies.count()
    cases.record(
        case, "agreement_signed_by_side", actor=actor, standing=standing, title=_("签署三方协议"),
        public_text=_("%(side)s已签署（%(signed)d/3）。") % {"side": Side(side).label, "signed": signed},
        figures={"side": side, "version": agreement.version, "file": version.sha256},
    )  # fmt: skip
    return signed == len(Side)


@transaction.atomic
def complete(case: PlacementCase, *, actor: User) -> str:
    """All three copies are there: the version is signed and filed. Raises `Conflict` while one is missing."""
    agreement = Agreement.objects.select_for_update().filter(case=case, state=Agreement.State.OPEN).first()
    if agreement is None or agreement.copies.count() < len(Side):
        raise Conflict(_("三方协议还没有签署齐全。"))
    places.check_again(case)
    agreement.state, agreement.signed_at = Agreement.State.SIGNED, timezone.now()
    agreement.save(update_fields=["state", "signed_at"])
    cases.record(
        case, "agreement_signed", actor=actor, title=_("三方协议签署完成"),
        public_text=_("三方已全部签署第%(version)d版，等待颁发聘书。") % {"version": agreement.version},
        figures={"version": agreement.version, "digest": agreement.digest},
    )  # fmt: skip
    return "signed"


def may_read(letter: Letter, user: User) -> bool:
    """Whether `user` may open a letter of a placement: the agreement is for its three sides only."""
    case = letter.case.specific()
    if letter.kind != AgreementText.kind or not isinstance(case, PlacementCase):
        return True
    for side in Side.values:
        try:
            standing_for(case, side, actor=user)
        except NotAllowed:
            continue
        return True
    return False


@transaction.atomic
def appoint(case: PlacementCase, *, actor: User, standing: Standing, outcome: str, opinion: str = "") -> str:
    """P9: the lead bureau appoints; the place is in service and the reports are planned."""
    cases.require_issuable(case)
    places.lock(case.employer, case.applicant)
    placement = Placement.objects.select_for_update().get(case=case)
    if placement.state != Placement.State.RESERVED:
        raise Conflict(_("该办件已经颁发聘书。"))
    agreement = current(case)
    if agreement is None or agreement.state != Agreement.State.SIGNED:
        raise ActRefused(_("三方协议还没有签署齐全，不能颁发聘书。"))
    if placement.ends_on < calendar.today():
        raise ActRefused(_("约定的聘期已经结束，请三方重新约定聘期后办理。"))
    placement.state = Placement.State.ACTIVE
    placement.save(update_fields=["state"])
    reporting.plan(placement)
    letters.issue(case, AppointmentLetter.of(placement), issuer=case.lead_organisation, actor=actor)
    cases.record(
        case, "appointed", actor=actor, standing=standing, title=_("颁发聘书"),
        public_text=_("已颁发聘书，聘期%(start)s至%(end)s。")
        % {"start": f"{placement.starts_on:%Y-%m-%d}", "end": f"{placement.ends_on:%Y-%m-%d}"},
        internal_text=opinion, clock=CaseEvent.ClockEffect.STOP,
    )  # fmt: skip
    tell_sides(
        case, kind="appointed", subject=_("聘书已颁发"),
        body=_("办件 %(number)s 已颁发聘书，可以登记在岗日。") % {"number": case.number},
    )  # fmt: skip
    return outcome
