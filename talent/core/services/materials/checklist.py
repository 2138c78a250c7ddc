"""The checklist of a case: what the edition asks for, which version answers it, how it was ticked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.completeness import Completeness, completeness
from talent.core.models import Case, CaseMaterial, Consent, DocumentVersion, User

from .. import calendar, cases, policy
from ..appointments import Standing, standing_on
from ..errors import ActRefused, Conflict, NotAllowed
from . import vault
from .consents import has_consent
from .uploads import HASH_PREFIX

TICKING = (roles.Act.ACCEPT, roles.Act.CHECK, roles.Act.SUPPLEMENT)
# Before it is submitted and while it is being supplemented a dossier may change; under review it may not.
OPEN_TO_CHANGE = (Case.Status.DRAFT, Case.Status.RECOMMENDED, Case.Status.SUPPLEMENTING)


class MaterialFigure(Protocol):
    """One required material of an edition."""

    code: str
    name: str
    required: bool
    deferrable: bool


@dataclass(frozen=True)
class ChecklistState:
    """How far a checklist is: counts of lines, and the required ones that still stand in the way."""

    total: int
    submitted: int
    accepted: int
    to_supplement: int
    not_needed: int
    deferred: int
    unticked: int
    missing: tuple[CaseMaterial, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing. A promised line (容缺) is counted apart."""
        return not self.missing

    @property
    def missing_names(self) -> list[str]:
        """The names of what is missing, in the order of the checklist."""
        return [line.name for line in self.missing]


@transaction.atomic
def build_checklist(case: Case, figures_materials: Sequence[MaterialFigure]) -> list[CaseMaterial]:
    """Give `case` one line per material of its edition, in its order; repeating it adds only what is new."""
    return [
        CaseMaterial.objects.get_or_create(
            case_id=case.pk,
            code=material.code,
            defaults={
                "name": material.name,
                "required": material.required,
                "deferrable": material.deferrable,
                "order": order,
            },
        )[0]
        for order, material in enumerate(figures_materials, start=1)
    ]


def state(case: Case) -> ChecklistState:
    """Counts and missing lines of `case`, in one query."""
    lines = list(case.materials.all())
    ticks = [line.tick for line in lines]
    return ChecklistState(
        total=len(lines),
        submitted=sum(line.version_id is not None for line in lines),
        accepted=ticks.count(CaseMaterial.Tick.OK),
        to_supplement=ticks.count(CaseMaterial.Tick.SUPPLEMENT),
        not_needed=ticks.count(CaseMaterial.Tick.NOT_NEEDED),
        deferred=sum(line.deferred for line in lines),
        unticked=sum(line.version_id is not None and line.tick == CaseMaterial.Tick.OPEN for line in lines),
        missing=tuple(line for line in lines if not line.satisfied and not line.deferred),
    )


def completeness_of(case: Case, *, before: str = "") -> Completeness:
    """What is missing before the step `before` of the case's edition (empty: at intake), with a sentence."""
    given = {line.code for line in case.materials.all() if line.answered}
    return completeness(given=given, edition=case.edition.data, before=before)


def require_before(case: Case, step: str) -> None:
    """Refuse an act of `step` while a material that has to be there by then is not. Raises `ActRefused`."""
    answer = completeness_of(case, before=step)
    if not answer.may_go_on:
        title = policy.figures(case.edition).step(step).title
        raise ActRefused(
            _("“%(step)s”前必须交齐的材料还没有交齐。%(why)s请申请人按承诺补齐后再办理这一步。")
            % {"step": title, "why": answer.reason},
            code="material",
        )


@dataclass(frozen=True)
class Outstanding:
    """A material that may follow and is not there: its line, and the step it has to be there before."""

    line: CaseMaterial
    before: str


def outstanding(case: Case) -> list[Outstanding]:
    """Materials that still have to follow, in the order of the checklist, each with its step's public name."""
    figures = policy.figures(case.edition)
    titles = {step.code: step.public_title for step in figures.steps}
    until = {row.code: titles[row.needed_before] for row in figures.materials if row.needed_before}
    return [
        Outstanding(line, until[line.code])
        for line in case.materials.all()
        if line.required and line.code in until and not line.answered
    ]


def _locked(line: CaseMaterial) -> CaseMaterial:
    return (
        CaseMaterial.objects.select_for_update(of=("self",)).select_related("case", "version").get(pk=line.pk)
    )


def _require_side(case: Case, actor: User) -> None:
    """The applicant, those who recommend or employ, or intake who receives the paper at the counter."""
    if case.applicant.user_id is not None and case.applicant.user_id == actor.pk:
        return
    if not any(standing_on(actor, case, act) for act in (roles.Act.RECOMMEND, roles.Act.ACCEPT)):
        raise NotAllowed(
            _("您不能更改办件 %(number)s 的材料，请由申请人或推荐单位办理。") % {"number": case.number}
        )


def _require_open(line: CaseMaterial) -> None:
    case = line.case
    if case.ended:
        raise Conflict(_("办件 %(number)s 已经结束，材料不能再更改。") % {"number": case.number})
    if case.status not in OPEN_TO_CHANGE and line.version_id is not None and not line.deferred:
        raise Conflict(
            _("“%(name)s”正在审查，不能自行更换。如需更换，请联系受理单位要求补正。") % {"name": line.name},
            code="locked",
        )


def _consent_missing(version: DocumentVersion, case: Case) -> bool:
    """Whether a person's file would be taken over from another case without consent (个人信息保护法 art. 23)."""
    if version.document.profile is None:
        return False
    uses = CaseMaterial.objects.filter(version=version)
    if uses.filter(case=case).exists() or not uses.exists():
        return False
    return not has_consent(version.document.profile, Consent.Purpose.REUSE, case=case)


def _without_consent(version: DocumentVersion) -> ActRefused:
    return ActRefused(
        _("“%(title)s”须先由申请人同意“材料在其他事项中复用”才能选用；也可以重新上传。")
        % {"title": version.document.title},
        code="consent",
    )


@transaction.atomic
def attach(case_material: CaseMaterial, version: DocumentVersion, *, actor: User) -> CaseMaterial:
    """Answer a line with `version`; an earlier tick is open again.

    Raises `NotAllowed` for somebody who does not stand on the applicant's side or for a document of somebody else,
    `ActRefused` when it is no longer valid, has not been changed after 补正, or is taken over from another
    case by somebody else without the person's consent, `Conflict` when the case has ended or the line is under review.
    """
    line = _locked(case_material)
    case = line.case
    _require_side(case, actor)
    if line.version_id == version.pk and line.tick != CaseMaterial.Tick.SUPPLEMENT:
        return line
    _require_open(line)
    document = version.document
    sides = {side for side in (case.employer_id, case.recommender_id) if side is not None}
    if document.profile_id != case.applicant_id and document.organisation_id not in sides:
        raise NotAllowed(_("这份材料不属于该办件的申请人或单位，不能使用。"))
    if document.valid_until and document.valid_until < calendar.today():
        raise ActRefused(
            _("“%(title)s”已于 %(day)s 到期，请上传有效期内的新材料。")
            % {"title": document.title, "day": f"{document.valid_until:%Y-%m-%d}"},
            code="expired",
        )
    if line.version_id == version.pk:
        raise ActRefused(
            _("所选文件与要求补正的文件相同，请为“%(name)s”上传新的文件。") % {"name": line.name},
            code="same_file",
        )
    # Who hands in the own file again has decided for this case; anybody else needs the person's consent.
    if case.applicant.user_id != actor.pk and _consent_missing(version, case):
        raise _without_consent(version)
    line.version = version
    line.tick, line.reason, line.ticked_by, line.ticked_at = CaseMaterial.Tick.OPEN, "", None, None
    line.save(update_fields=["version", "tick", "reason", "ticked_by", "ticked_at"])
    cases.record(
        case,
        "material_attached",
        actor=actor,
        standing=standing_on(actor, case, roles.Act.RECOMMEND) or standing_on(actor, case, roles.Act.ACCEPT),
        title=_("提交材料"),
        public_text=_("已提交“%(name)s”（第%(number)d版）。") % {"name": line.name, "number": version.number},
        figures={"material": line.code, "version": version.number, "sha256": version.sha256[:HASH_PREFIX]},
    )
    return line


@transaction.atomic
def reuse(case_material: CaseMaterial, version: DocumentVersion, *, actor: User) -> CaseMaterial:
    """Answer a line with a document handed in earlier (材料一次报送): the newest version, of this type.

    As `attach`, and only while the person's consent to reuse is in force.
    """
    if version.document.type_code != case_material.code:
        raise ActRefused(
            _("“%(title)s”与“%(name)s”不是同一类材料，不能复用。")
            % {"title": version.document.title, "name": case_material.name},
            code="type_code",
        )
    newest = version.document.current
    if newest is None or newest.pk != version.pk:
        raise Conflict(_("“%(title)s”已有更新的版本，请选用最新版本。") % {"title": version.document.title})
    owner = version.document.profile
    if owner is not None and not has_consent(owner, Consent.Purpose.REUSE, case=case_material.case):
        raise _without_consent(version)
    return attach(case_material, version, actor=actor)


@transaction.atomic
def detach(case_material: CaseMaterial, *, actor: User) -> CaseMaterial:
    """Take the file off a line before the dossier is submitted; the document stays in the vault."""
    line = _locked(case_material)
    _require_side(line.case, actor)
    if line.version_id is None:
        raise Conflict(_("“%(name)s”还没有提交文件，无需移除。") % {"name": line.name})
    if line.case.status not in (Case.Status.DRAFT, Case.Status.RECOMMENDED):
        raise Conflict(
            _("办件已提交，“%(name)s”不能移除，只能在补正时更换。") % {"name": line.name}, code="locked"
        )
    number = line.version.number
    line.version = None
    line.tick, line.reason, line.ticked_by, line.ticked_at = CaseMaterial.Tick.OPEN, "", None, None
    line.save(update_fields=["version", "tick", "reason", "ticked_by", "ticked_at"])
    cases.record(
        line.case,
        "material_detached",
        actor=actor,
        title=_("移除材料"),
        public_text=_("已移除“%(name)s”。") % {"name": line.name},
        figures={"material": line.code, "version": number},
    )
    return line


@transaction.atomic
def tick(
    case_material: CaseMaterial, tick: str, reason: str = "", *, actor: User, standing: Standing | None = None
) -> CaseMaterial:
    """Say how a line was found: 合格, 补正 or 不适用 (both with a reason), or open again.

    `standing` is the post in which the officer reviews the case; left out, it is looked up. Raises `NotAllowed`
    without a reviewing post that is the actor's own, `ActRefused` for a missing reason or a file that is not there or
    not whole, `Conflict` when the case has ended.
    """
    line = _locked(case_material)
    if standing is None:
        standing = next(filter(None, (standing_on(actor, line.case, act) for act in TICKING)), None)
    if standing is None or standing.user != actor or not any(standing.role.may(act) for act in TICKING):
        raise NotAllowed(_("您没有审查办件 %(number)s 材料的岗位授权。") % {"number": line.case.number})
    if not line.case.parties.filter(organisation=standing.organisation).exists():
        raise NotAllowed(_("“%(org)s”没有参与该办件，不能审查其材料。") % {"org": standing.organisation})
    if line.case.ended:
        raise Conflict(_("办件 %(number)s 已经结束，不能再审查材料。") % {"number": line.case.number})
    reason = reason.strip()
    if tick not in CaseMaterial.Tick.values:
        raise ActRefused(_("没有这一种审查结果，请刷新页面后重试。"), code="tick")
    label = CaseMaterial.Tick(tick).label
    if tick in (CaseMaterial.Tick.SUPPLEMENT, CaseMaterial.Tick.NOT_NEEDED) and not reason:
        raise ActRefused(
            _("“%(name)s”标为%(tick)s，必须写明原因。") % {"name": line.name, "tick": label}, code="reason"
        )
    if tick == CaseMaterial.Tick.OK and line.version_id is None:
        raise ActRefused(_("“%(name)s”还没有提交文件，不能标为合格。") % {"name": line.name}, code="no_file")
    if tick == CaseMaterial.Tick.OK:
        vault.open_file(line.version)
    line.tick, line.reason = tick, reason[:300]
    line.ticked_by, line.ticked_at = actor, timezone.now()
    line.save(update_fields=["tick", "reason", "ticked_by", "ticked_at"])
    cases.record(
        line.case,
        "material_ticked",
        actor=actor,
        standing=standing,
        title=_("审查材料"),
        public=False,
        internal_text=_("“%(name)s”：%(tick)s。%(reason)s")
        % {"name": line.name, "tick": label, "reason": line.reason},
        figures={"material": line.code, "tick": tick, "version": line.version.number if line.version else 0},
    )
    return line


def offers_for(case_material: CaseMaterial) -> list[DocumentVersion]:
    """The newest versions of the applicant's valid documents of this type, newest first, without the one in use.

    Nothing is offered unless consent to reuse is in force.
    """
    case = case_material.case
    if not has_consent(case.applicant, Consent.Purpose.REUSE, case=case):
        return []
    newest = DocumentVersion.objects.filter(document=OuterRef("document")).order_by("-number")
    offered = (
        DocumentVersion.objects.filter(
            Q(document__valid_until__isnull=True) | Q(document__valid_until__gte=calendar.today()),
            document__profile=case.applicant_id,
            document__type_code=case_material.code,
            erased_at__isnull=True,
            pk=Subquery(newest.values("pk")[:1]),
        )
        .select_related("document")
        .order_by(F("uploaded_at").desc(), "-pk")
    )
    if case_material.version_id is not None:
        offered = offered.exclude(pk=case_material.version_id)
    return list(offered)
