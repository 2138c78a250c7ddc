"""服务包 (G12): orders from the dossier's needs and for years after, done by the bureaus that own them.

About the family a bureau reads only its own order, and only while the talent's separate consent is in force. What an
order is about stays out of events and messages: those name its number.
"""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.clock import Light
from talent.core.models import Case, Consent, Organisation, User
from talent.core.services import appointments, audit, calendar, cases, materials, messages, policy
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.policy.rows import Need as CatalogueRow
from talent.core.services.supplements import tell_applicant
from talent.green_channel.models import ServiceOrder

from . import posts

State = ServiceOrder.State
DOING = ServiceOrder.DOING
FAMILY_TEXT = "1"


def open_from_needs(case: Case, *, actor: User) -> list[ServiceOrder]:
    """One order for every need of the dossier that the catalogue has and no order answers yet. Repeatable.

    Called when the case is recognised, and by the steward for what the catalogue did not have then.
    """
    case = posts.lock(case)
    known = set(case.service_orders.exclude(need_key=None).values_list("need_key", flat=True))
    made = []
    for need in case.needs.all():
        row = policy.figures(case.edition).need(need.domain, need.item)
        if need.row_key in known or row is None:
            continue
        detail = need.detail.reveal() if need.detail else ""
        made.append(
            _open(case, row, detail=detail, family=need.concerns_family or row.family, actor=actor, need_key=need.row_key)
        )  # fmt: skip
    return made


def unmatched_needs(case: Case) -> list[Any]:
    """Needs in words the catalogue does not have, and no order answers: the steward orders something for them."""
    figures = policy.figures(case.edition)
    known = set(case.service_orders.exclude(need_key=None).values_list("need_key", flat=True))
    return [
        need
        for need in case.needs.all()
        if need.row_key not in known and figures.need(need.domain, need.item) is None
    ]


@transaction.atomic
def order(
    case: Case,
    *,
    actor: User,
    domain: str,
    item: str,
    detail: str = "",
    family: bool = False,
    consent: bool = False,
) -> ServiceOrder:
    """Ask for a service of the catalogue: the talent himself, or the steward for him. At any time after recognition.

    Family details come from the talent alone, with `consent`. Raises `ActRefused` for an unknown service.
    """
    case = posts.lock(case)
    posts.require_recognised(case)
    row = policy.figures(case.edition).need(domain, item)
    if row is None:
        raise ActRefused(_("服务目录中没有这一事项，请从目录中选择。"))
    family = family or row.family
    oneself, post = case.applicant.user_id == actor.pk, None
    if not oneself:
        post = posts.on_case(actor, case, roles.Act.SERVE)
        if family and detail.strip():
            raise ActRefused(
                _("涉及家属的具体信息由本人登录后填写，并单独同意；请先不填，提出后会通知本人。")
            )
    elif family and detail.strip():
        _require_consent(case, actor, consent)
    made = _open(case, row, detail=detail.strip(), family=family, actor=actor, post=post)
    if not oneself:
        tell_applicant(
            case, kind="service_ordered", subject=_("服务专员为您提出了服务事项"),
            body=_("服务事项 %(number)s 已提出，请登录查看。") % {"number": made.number},
        )  # fmt: skip
    return made


def _require_consent(case: Case, actor: User, consent: bool) -> None:
    if not consent:
        raise ActRefused(
            _("该事项涉及家属信息，请阅读并勾选单独同意；不同意的，可以只提出事项，不填家属信息。")
        )
    materials.give_consent(
        case.applicant, Consent.Purpose.FAMILY, text_version=FAMILY_TEXT, actor=actor, case=case
    )


def _open(
    case: Case, row: CatalogueRow, *, detail: str, family: bool, actor: User, need_key: Any = None,
    post: Standing | None = None,
) -> ServiceOrder:  # fmt: skip
    today = calendar.effective_day(calendar.now())
    last = case.service_orders.aggregate(last=Max("place"))["last"] or 0
    made = ServiceOrder(
        case_id=case.pk, place=last + 1, domain=row.domain, item=row.item, concerns_family=family, need_key=need_key,
        owner=Organisation.objects.get(code=row.owner), asked_by=actor,
        due_on=calendar.due_after(today, row.limit) if row.limit else None,
    )  # fmt: skip
    made.detail = detail
    made.save(force_insert=True)
    made.case = case
    _note(made, "service_ordered", _("提出服务事项"), actor=actor, post=post)
    for person in doing(made):
        _tell(made, person, "service_to_do", _("有服务事项待接办"), _("服务事项 %(number)s 等待接办。"))
    return made


def _note(
    made: ServiceOrder, kind: str, title: str, *, actor: User | None, post: Standing | None = None
) -> None:
    cases.record(
        made.case, kind, actor=actor, standing=post, title=title, public=False, internal_text=made.number,
        figures={"order": made.place},
    )  # fmt: skip


def _tell(made: ServiceOrder, person: User, kind: str, subject: str, body: str) -> None:
    messages.tell(
        person, kind=kind, subject=subject, body=body % {"number": made.number}, case=made.case,
        key=f"{kind}:{made.pk}:{person.pk}",
    )  # fmt: skip


def doing(made: ServiceOrder) -> list[User]:
    """Who is told of an order: whoever claimed it, else everybody of the bureau who may."""
    if made.claimed_by_id:
        return [made.claimed_by]
    found = {person.pk: person for role in DOING for person in appointments.holders(role, made.owner)}
    return [found[key] for key in sorted(found)]


def _locked(made: ServiceOrder, *states: str) -> ServiceOrder:
    case = posts.lock(made.case)
    fresh = ServiceOrder.objects.select_for_update(of=("self",)).get(pk=made.pk)
    fresh.case = case
    if fresh.state not in states:
        raise Conflict(
            _("服务事项 %(number)s 现在是“%(state)s”，请刷新后查看。")
            % {"number": fresh.number, "state": fresh.get_state_display()}
        )
    return fresh


@transaction.atomic
def tell_family(made: ServiceOrder, *, actor: User, detail: str, consent: bool) -> ServiceOrder:
    """The talent fills in what the bureau has to know about the family, and agrees to that alone."""
    posts.require_oneself(actor, made.case)
    made = _locked(made, *ServiceOrder.OPEN)
    _require_consent(made.case, actor, consent)
    if detail.strip():
        made.detail = detail.strip()
        made.save(update_fields=["detail"])
    _note(made, "family_told", _("补充家属信息"), actor=actor)
    return made


@transaction.atomic
def withdraw(made: ServiceOrder, *, actor: User) -> ServiceOrder:
    """The talent no longer wants it."""
    posts.require_oneself(actor, made.case)
    made = _locked(made, *ServiceOrder.OPEN)
    return _close(made, State.WITHDRAWN, "service_withdrawn", _("撤回服务事项"), actor=actor)


@transaction.atomic
def claim(made: ServiceOrder, *, actor: User) -> ServiceOrder:
    """接办 by an officer of the bureau that owns it; of two at once the second is told."""
    post = posts.in_office(actor, made.case, made.owner, *DOING)
    made = _locked(made, State.OPEN)
    made.state, made.claimed_by, made.claimed_at = State.CLAIMED, actor, timezone.now()
    made.save(update_fields=["state", "claimed_by", "claimed_at"])
    _note(made, "service_claimed", _("接办服务事项"), actor=actor, post=post)
    return made


def finish(made: ServiceOrder, *, actor: User, result: str, evidence: UploadedFile) -> ServiceOrder:
    """办结 with what was done and the paper that shows it."""
    posts.in_office(actor, made.case, made.owner, *DOING)
    if len(result.strip()) < 2:
        raise ActRefused(_("请写明办理结果。"))
    title = _("服务办结凭证 %(number)s") % {"number": made.number}
    version = materials.store_upload(
        evidence, owner=made.owner, type_code="SERVICE", title=title, actor=actor
    )
    return _finish(made, actor=actor, result=result.strip(), evidence=version)


@transaction.atomic
def _finish(made: ServiceOrder, *, actor: User, **facts: Any) -> ServiceOrder:
    made, post = _mine(made, actor)
    return _close(made, State.DONE, "service_done", _("办结服务事项"), actor=actor, post=post, **facts)


@transaction.atomic
def cannot(made: ServiceOrder, *, actor: User, reason: str, clause: str, instead: str) -> ServiceOrder:
    """不能办理: why, by which clause, and what can be done instead. All three, or it stays open."""
    if not all(len(words.strip()) >= 2 for words in (reason, clause, instead)):
        raise ActRefused(_("不能办理的，请写明原因、依据条款和可以改办的事项。"))
    made, post = _mine(made, actor)
    return _close(
        made, State.IMPOSSIBLE, "service_impossible", _("服务事项不能办理"), actor=actor, post=post,
        result=reason.strip(), clause=clause.strip(), instead=instead.strip(),
    )  # fmt: skip


def _mine(made: ServiceOrder, actor: User) -> tuple[ServiceOrder, Standing]:
    post = posts.in_office(actor, made.case, made.owner, *DOING)
    made = _locked(made, State.CLAIMED)
    if made.claimed_by_id not in (actor.pk, post.principal.pk if post.principal else None):
        raise NotAllowed(_("该事项由%(name)s接办，请由其办理。") % {"name": made.claimed_by})
    return made, post


def _close(
    made: ServiceOrder, state: str, kind: str, title: str, *, actor: User, post: Standing | None = None, **facts: Any
) -> ServiceOrder:  # fmt: skip
    facts |= {"state": state, "closed_by": actor, "closed_at": timezone.now()}
    for name, value in facts.items():
        setattr(made, name, value)
    made.save(update_fields=list(facts))
    _note(made, kind, title, actor=actor, post=post)
    if state != State.WITHDRAWN:
        tell_applicant(
            made.case, kind=kind, subject=title,
            body=_("服务事项 %(number)s 有了结果，请登录查看并评价。") % {"number": made.number},
        )  # fmt: skip
    return made


def may_read_detail(made: ServiceOrder, reader: User) -> bool:
    """The talent; the bureau that owns the order. About the family only while the separate consent is in force."""
    if made.case.applicant.user_id == reader.pk:
        return True
    does = any(appointments.standing(reader, role, made.owner, policy=made.case.policy) for role in DOING)
    if not does or appointments.recusal_reason(reader, made.case):
        return False
    return not made.concerns_family or materials.has_consent(
        made.case.applicant, Consent.Purpose.FAMILY, case=made.case
    )


def read_detail(made: ServiceOrder, *, reader: User) -> str:
    """What was asked for, in the talent's words; an officer's look is recorded first. Raises `NotAllowed`."""
    if not may_read_detail(made, reader):
        raise NotAllowed(_("该事项的具体信息只对本人和责任单位开放；涉及家属的，须本人单独同意。"))
    if made.case.applicant.user_id != reader.pk:
        audit.record(
            "revealed", actor=reader, subject=made.case.number,
            detail={"model": "serviceorder", "row": made.pk, "field": "detail", "reason": _("办理服务事项"), "own": False},
        )  # fmt: skip
    return made.detail.reveal() if made.detail else ""


def light_of(made: ServiceOrder, today: date) -> tuple[Light | str, int | None]:
    """The light of an order and its working days left; no light where nothing was promised by a day."""
    if not made.is_open:
        return Light.DONE, None
    if made.due_on is None:
        return "", None
    left = calendar.current().working_days_between(today, made.due_on)
    if made.due_on < today:
        return Light.RED, left
    near = left <= policy.figures(made.case.edition).limit("service_warn_days")
    return (Light.YELLOW if near else Light.GREEN), left
