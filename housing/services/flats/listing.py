"""轮候: a person applies, the bureau admits, and the first of the list are given days to choose in."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from housing import rules
from housing.models import FlatEntry, HousingCase
from talent.core.models import Organisation, TalentProfile, User
from talent.core.services import audit, calendar, policy, sequences
from talent.core.services.errors import ActRefused, Conflict

from .. import support
from ..reading import birth_date, figures_of
from . import rights

INSTRUMENT = HousingCase.Instrument.FLAT
_LISTED = (FlatEntry.State.WAITING, FlatEntry.State.CHOOSING)


@transaction.atomic
def apply(
    *, actor: User, person: TalentProfile, employer: Organisation, level_code: str, facts: dict[str, Any]
) -> FlatEntry:
    """A person asks for a place on the list; `facts` answer the edition's questions on this instrument.

    Raises `ActRefused` naming every condition that fails and what would change it, `Conflict` for a second place.
    """
    rights.require_self(actor, person)
    edition, _terms, bureau = rights.current()
    known = facts | {"birth_date": birth_date(person), "benefits": support.recorded_benefits(person)}
    answer = rules.assess(
        figures_of(edition), instrument=INSTRUMENT, level=level_code, facts=known, day=calendar.today()
    )
    if answer.failed:
        said = "；".join(f"{one.text}（{one.change or one.fact}）" for one in answer.failed)
        raise ActRefused(_("暂不能轮候：%(said)s。") % {"said": said})
    if support.open_tenancy(person) is not None:
        raise Conflict(_("您已经配租人才公寓，不能重复轮候。"))
    levels = [level.code for level in policy.talent_levels()]
    year = calendar.today().year
    serial = sequences.next_number("flat_entry", year)
    try:
        with transaction.atomic():
            entry = FlatEntry.objects.create(
                number=f"GYLH{year}-{serial:04d}", person=person, edition=edition, organisation=bureau,
                employer=employer, level_code=level_code, rank=levels.index(level_code) + 1, facts=facts,
                assessment=answer.plain(),
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("您已经在轮候名单中，不能重复申请。")) from None
    audit.record("flat_asked", actor=actor, subject=entry.number)
    return entry


def _held(entry: FlatEntry, *states: str) -> FlatEntry:
    """The entry under its lock, in one of `states`."""
    held = FlatEntry.objects.select_for_update(of=("self",)).select_related(
        "person__user", "organisation", "edition"
    )
    entry = held.get(pk=entry.pk)
    if entry.state not in states:
        raise Conflict(
            _("%(number)s 现为“%(state)s”，请刷新页面。")
            % {"number": entry.number, "state": entry.get_state_display()}
        )
    return entry


@transaction.atomic
def admit(entry: FlatEntry, *, actor: User, opinion: str) -> FlatEntry:
    """The bureau has checked what was stated: the person waits from the time of the application on."""
    rights.require_bureau(actor, entry.organisation, entry.person)
    return _decide(
        entry, FlatEntry.State.WAITING, actor, opinion, kind="flat_admitted", subject=_("人才公寓轮候已通过审核"),
        body=_("您的申请 %(number)s 已进入轮候，可以登录查看位次。"),
    )  # fmt: skip


@transaction.atomic
def refuse(entry: FlatEntry, *, actor: User, reason: str) -> FlatEntry:
    """No place on the list, with the reason the person reads."""
    rights.require_bureau(actor, entry.organisation, entry.person)
    return _decide(
        entry, FlatEntry.State.REFUSED, actor, reason, kind="flat_refused", subject=_("人才公寓轮候未通过审核"),
        body=_("您的申请 %(number)s 未通过审核，请登录查看理由；情况变化后可以重新申请。"),
    )  # fmt: skip


def _decide(
    entry: FlatEntry, state: str, actor: User, reason: str, *, kind: str, subject: str, body: str
) -> FlatEntry:
    entry = _held(entry, FlatEntry.State.ASKED)
    entry.state, entry.decided_by, entry.reason = state, actor, rights.reasoned(reason)
    entry.save(update_fields=["state", "decided_by", "reason"])
    audit.record(kind, actor=actor, subject=entry.number)
    rights.tell(entry.person, kind=kind, subject=subject, body=body % {"number": entry.number})
    return entry


@transaction.atomic
def withdraw(entry: FlatEntry, *, actor: User) -> FlatEntry:
    """The person leaves the list."""
    rights.require_self(actor, entry.person)
    entry = _held(entry, *FlatEntry.OPEN)
    entry.state = FlatEntry.State.WITHDRAWN
    entry.save(update_fields=["state"])
    audit.record("flat_entry_withdrawn", actor=actor, subject=entry.number)
    return entry


def waiting(organisation: Organisation) -> QuerySet[FlatEntry]:
    """The list in its order: by level, then by the time of application."""
    return (
        FlatEntry.objects.filter(organisation=organisation, state__in=_LISTED)
        .select_related("person", "employer")
        .order_by("rank", "applied_at", "pk")
    )


def position(entry: FlatEntry) -> int | None:
    """Which place on the list, from 1; None for who is not on it."""
    if entry.state not in _LISTED:
        return None
    before = Q(rank__lt=entry.rank) | Q(rank=entry.rank) & (
        Q(applied_at__lt=entry.applied_at) | Q(applied_at=entry.applied_at, pk__lt=entry.pk)
    )
    return waiting(entry.organisation).filter(before).count() + 1


@transaction.atomic
def open_window(organisation: Organisation, *, actor: User, number: int) -> list[FlatEntry]:
    """The first `number` of the list choose within the edition's working days, from today on."""
    rights.require_bureau(actor, organisation)
    if number < 1:
        raise ActRefused(_("请填写选房人数。"))
    today = calendar.today()
    rows = FlatEntry.objects.select_for_update(of=("self",)).filter(
        organisation=organisation, state=FlatEntry.State.WAITING
    )
    chosen = list(
        rows.select_related("person__user", "edition").order_by("rank", "applied_at", "pk")[:number]
    )
    if not chosen:
        raise ActRefused(_("没有等待选房的人员。"))
    for entry in chosen:
        entry.state, entry.choose_from = FlatEntry.State.CHOOSING, today
        entry.choose_until = calendar.due_after(today, rights.terms_of(entry.edition).choice_days)
        entry.save(update_fields=["state", "choose_from", "choose_until"])
        rights.tell(
            entry.person, kind="flat_window_opened", subject=_("请选择人才公寓"),
            body=_("您的轮候 %(number)s 可以选房，请在%(day)s前登录选择；逾期未选的按规定顺延或退出轮候。")
            % {"number": entry.number, "day": f"{entry.choose_until:%Y-%m-%d}"},
        )  # fmt: skip
    audit.record(
        "flat_window_opened", actor=actor, subject=f"organisation:{organisation.pk}",
        detail={"entries": [entry.number for entry in chosen]},
    )  # fmt: skip
    return chosen
