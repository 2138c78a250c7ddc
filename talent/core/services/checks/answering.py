"""Opinion by an officer, confirmation by another person of the bureau, conclusion by the lead."""

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core.models import Case, Check, CheckConclusion, CheckConfirmation, CheckOpinion, User
from talent.core.services import audit, calendar, cases, policy
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed

from .asking import follow_clock
from .reading import unexplained

_SHORTEST = 4


def open_check(case: Case, subject: str) -> Check:
    """The check of a subject whose answer is awaited; raises `Conflict` when there is none."""
    found = case.checks.open().filter(subject=subject).select_related("organisation").first()
    if found is None:
        raise Conflict(_("该项核查已经答复或撤销，请刷新页面。"))
    return found


def _locked(check: Check, version: int | None, *states: str) -> Check:
    """The check as it is now, row locked, in one of `states` and at the `version` the person has seen."""
    fresh = Check.objects.select_for_update().get(pk=check.pk)
    if fresh.state not in states:
        raise Conflict(_("该项核查已经办理，请刷新页面查看最新状态。"))
    if version is not None and version != fresh.version:
        raise Conflict(_("核查意见已有新的版本，请刷新页面，读过新意见后再办理。"))
    return fresh


def _clean(text: str) -> str:
    text = text.strip()
    if len(text) < _SHORTEST:
        raise ActRefused(_("请写明核查意见（至少%(n)d个字）。") % {"n": _SHORTEST})
    if audit.contains_personal_data(text):
        raise ActRefused(_("核查意见中不能写证件号码或手机号码。"), code="personal_data")
    return text


def _title(case: Case, check: Check) -> str:
    return policy.figures(case.edition).check(check.subject).title


def _write(case: Case, check: Check, finding: str, text: str, actor: User, standing: Standing) -> None:
    """A new version of the opinion; the check waits for its confirmation."""
    coded = {one.code: one for one in policy.figures(case.edition).check(check.subject).finding}
    if finding not in coded:
        raise ActRefused(_("请选择核查结论。"))
    check.version += 1
    check.state, check.closed_at = Check.State.ANSWERED, None
    check.save(update_fields=["version", "state", "closed_at"])
    CheckOpinion.objects.create(
        asked=check, version=check.version, finding=finding, adverse=coded[finding].adverse, text=_clean(text),
        officer=actor, on_behalf_of=standing.principal,
    )  # fmt: skip


@transaction.atomic
def answer(
    case: Case, check: Check, *, actor: User, standing: Standing, finding: str, text: str, version: int | None = None
) -> str:  # fmt: skip
    """核查意见: coded finding and text. Neither stands in any event: only the check's own readers see them."""
    check = _locked(check, version, Check.State.ASKED)
    _write(case, check, finding, text, actor, standing)
    cases.record(
        case, "check_answered", actor=actor, standing=standing, title=_("提出核查意见"), public=False,
        internal_text=_title(case, check), figures={"check": check.place, "version": check.version},
    )  # fmt: skip
    return "answered"


def refusal_to_confirm(check: Check, user: User, principal: User | None = None) -> str:
    """Why `user` may not confirm the opinion as it stands: he, or who he stands in for, gave it. Empty when he may."""
    opinion = check.opinions.filter(version=check.version).first()
    if opinion is None:
        return ""
    gave = {opinion.officer_id, opinion.on_behalf_of_id} - {None}
    if gave & {user.pk, principal.pk if principal else None}:
        return _("核查意见由您（或您代理的人员）提出，须由本单位其他负责人确认。")
    return ""


@transaction.atomic
def confirm(
    case: Case, check: Check, *, actor: User, standing: Standing, text: str = "", version: int | None = None
) -> str:
    """负责人确认 of the very version that was read; raises `Conflict` when there is a newer one."""
    check = _locked(check, version, Check.State.ANSWERED)
    refused = refusal_to_confirm(check, actor, standing.principal)
    if refused:
        raise NotAllowed(refused)
    opinion = check.opinions.get(version=check.version)
    CheckConfirmation.objects.create(
        opinion=opinion,
        officer=opinion.officer,
        head=actor,
        on_behalf_of=standing.principal,
        note=text.strip(),
    )
    check.state, check.closed_at = Check.State.CONFIRMED, calendar.now()
    check.save(update_fields=["state", "closed_at"])
    cases.record(
        case, "check_confirmed", actor=actor, standing=standing, title=_("确认核查意见"), public=False,
        internal_text=_title(case, check), figures={"check": check.place, "version": check.version},
    )  # fmt: skip
    follow_clock(case)
    return "confirmed"


@transaction.atomic
def send_back(
    case: Case, check: Check, *, actor: User, standing: Standing, text: str, version: int | None = None
) -> str:
    """退回: the head wants another opinion; the first one stays readable."""
    check = _locked(check, version, Check.State.ANSWERED)
    _clean(text)
    check.state = Check.State.ASKED
    check.save(update_fields=["state"])
    cases.record(
        case, "check_sent_back", actor=actor, standing=standing, title=_("退回核查意见"), public=False,
        internal_text=_title(case, check), figures={"check": check.place, "version": check.version},
    )  # fmt: skip
    return "returned"


def refusal_to_revise(check: Check) -> str:
    """Why an opinion can no longer be edited; empty when it can."""
    if check.state not in (Check.State.ANSWERED, Check.State.CONFIRMED):
        return _("该项核查还没有意见，或已经撤销，不能修改。")
    if check.concluded or check.case.ended:
        return _("牵头部门已经汇总核查结论，不能再修改；如有新情况，请书面告知牵头部门。")
    return ""


@transaction.atomic
def revise(
    case: Case, check: Check, *, actor: User, standing: Standing, finding: str, text: str, version: int | None = None
) -> Check:  # fmt: skip
    """Edit an opinion: a new version that needs confirming; a confirmation of the old one is void and stays readable."""
    check = _locked(check, version, Check.State.ANSWERED, Check.State.CONFIRMED)
    refused = refusal_to_revise(check)
    if refused:
        raise ActRefused(refused)
    voided = check.state == Check.State.CONFIRMED
    _write(case, check, finding, text, actor, standing)
    cases.record(
        case, "check_revised", actor=actor, standing=standing, public=False,
        title=_("修改核查意见，原确认作废") if voided else _("修改核查意见"),
        internal_text=_title(case, check), figures={"check": check.place, "version": check.version, "voided": voided},
    )  # fmt: skip
    follow_clock(case)
    return check


@transaction.atomic
def conclude(
    case: Case, *, actor: User, standing: Standing, advice: str, text: str = "", explanation: str = ""
) -> str:
    """核查汇总 when every bureau has answered. Going on with an adverse finding states why it does not stand in the way."""
    awaited = [str(one.organisation) for one in case.checks.open().select_related("organisation")]
    if awaited:
        raise ActRefused(
            _("还有部门没有答复：%(names)s。未答复不视为同意，请督促或等待。") % {"names": "、".join(awaited)}
        )
    _conclude(case, advice, text, explanation, actor, standing)
    if advice == CheckConclusion.Advice.RECOMMEND:
        require_recommendable(case)
    case.checks.counted().update(concluded=True)
    cases.record(
        case, "checks_concluded", actor=actor, standing=standing, title=_("核查汇总"),
        public_text=_("有关部门核查已完成。"), figures={"advice": advice},
    )  # fmt: skip
    return "concluded"


def _conclude(
    case: Case, advice: str, text: str, explanation: str, actor: User, standing: Standing
) -> CheckConclusion:
    return CheckConclusion.objects.create(
        case_id=case.pk, advice=advice, text=text.strip(), explanation=explanation.strip(), made_by=actor,
        on_behalf_of=standing.principal,
    )  # fmt: skip


@transaction.atomic
def explain(case: Case, explanation: str, *, actor: User, standing: Standing) -> CheckConclusion:
    """A later actor (who drafts the decision) states why adverse findings do not stand in the way."""
    conclusion = _conclude(case, CheckConclusion.Advice.RECOMMEND, "", _clean(explanation), actor, standing)
    cases.record(
        case, "check_explained", actor=actor, standing=standing, title=_("说明不利核查结论"), public=False
    )
    return conclusion


def require_recommendable(case: Case) -> None:
    """Raise `ActRefused` naming the subjects whose adverse findings nobody has explained."""
    titles = [_title(case, check) for check in unexplained(case)]
    if titles:
        raise ActRefused(
            _("核查有不利结论（%(titles)s），拟同意前请写明采信情况和理由。") % {"titles": "、".join(titles)},
            code="adverse",
        )
