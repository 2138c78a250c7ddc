"""批量申报: an employer files for many people at once from a workbook.

The whole list is checked before anything is kept; then it is kept sealed, line by line, and each line becomes the
draft of its person, a few in one transaction. Killed in between, the next call goes on where it stopped.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from housing.models import HousingCase, Roster, RosterLine
from talent.core import identifiers, roles
from talent.core.crypto import blind_index
from talent.core.models import Case, Organisation, TalentProfile, User
from talent.core.services import (
    appointments,
    audit,
    calendar,
    candidates,
    cases,
    messages,
    people,
    policy,
    sequences,
    sheets,
)
from talent.core.services.errors import ActRefused, Conflict, NotAllowed

from .beginning import intake_organisation, offered_instruments, open_draft, stated_by_employer
from .reading import POLICY, figures_of

SHEET = "人员"
# How many people one transaction files, and how many identities one query looks up.
CHUNK = 25
LOOK_UP = 500
_PERSON = ("name", "id_kind", "id_number", "mobile", "email", "bank_name", "bank_account")
_DATES = ("arrived_on", "contract_from")


class _Known:
    """What cells refer to, read once."""

    def __init__(self) -> None:
        self.figures = figures_of(policy.edition_for(POLICY))
        self.instruments = {name: code for code, name in offered_instruments()}


def _instrument(known: _Known, text: str) -> str:
    if text not in known.instruments:
        raise ValueError(_("应为：%(names)s") % {"names": "、".join(known.instruments)})
    return known.instruments[text]


def _mobile(_known: _Known, text: str) -> str:
    return identifiers.check_mobile(text)


def _card(_known: _Known, text: str) -> str:
    return identifiers.check_bank_card(text)


COLUMNS: tuple[sheets.Column, ...] = (
    sheets.Column("姓名", "name", "赵示例", True, most=80),
    sheets.Column("证件类型", "id_kind", "居民身份证", read=sheets.chosen(TalentProfile.IdentityKind.choices)),
    sheets.Column("证件号码", "id_number", "18位身份证号码", True, most=30, mask="identity"),
    sheets.Column("手机号码", "mobile", "11位手机号码", True, _mobile, most=20, mask="mobile"),
    sheets.Column("电子邮箱", "email", "name@example.com", most=120, mask="email"),
    sheets.Column("申请事项", "instrument", "购房补贴", True, _instrument),
    sheets.Column("人才层次", "level_code", "F1", True),
    sheets.Column("来本地工作日期", "arrived_on", "2024-07-01", True, sheets.day),
    sheets.Column("是否全职", "full_time", "是", True, sheets.yes_or_no),
    sheets.Column("合同起始日期", "contract_from", "2024-07-01", True, sheets.day),
    sheets.Column("合同年限", "contract_years", "5", True, sheets.number),
    sheets.Column("累计参保月数", "insured_months", "18", True, sheets.number),
    sheets.Column("目前是否参保", "insured_now", "是", True, sheets.yes_or_no),
    sheets.Column("开户银行", "bank_name", "示例银行济宁分行", most=80),
    sheets.Column("银行账号", "bank_account", "本人社会保障卡银行账号", read=_card, most=30, mask="bank_card"),
)  # fmt: skip


def template() -> bytes:
    """The empty workbook."""
    return sheets.template({SHEET: COLUMNS})


def employers_of(user: User) -> list[Organisation]:
    """The employers whose HR files for its people."""
    return [post.organisation for post in appointments.posts_of(user) if post.role is roles.HR]


def visible(user: User) -> QuerySet[Roster]:
    """The lists of the employers whose HR `user` is."""
    ours = [one.pk for one in employers_of(user)]
    return Roster.objects.filter(employer__in=ours).select_related("employer", "filed_by").order_by("-pk")


def _require_hr(actor: User, employer: Organisation) -> appointments.Standing:
    standing = appointments.standing(actor, roles.HR, employer, policy=POLICY)
    if standing is None:
        raise NotAllowed(_("只有“%(name)s”的人事专员可以批量申报。") % {"name": employer})
    return standing


# --- the list comes in -----------------------------------------------------------------------------------


def check(content: bytes, *, actor: User, employer: Organisation) -> sheets.Sheet:
    """A workbook read and checked whole; `errors` names every wrong cell. Nothing is kept.

    Raises `ActRefused` for what is no such workbook or holds nobody, `NotAllowed` without the post.
    """
    _require_hr(actor, employer)
    known = _Known()
    intake_organisation(employer, known.figures)
    texts = sheets.workbook(content)
    if SHEET not in texts:
        raise ActRefused(_("工作簿中没有“%(sheet)s”表，请使用模板填写。") % {"sheet": SHEET})
    sheet = sheets.Sheet(SHEET, COLUMNS, known).read(texts[SHEET])
    if not sheet.rows and not sheet.errors:
        raise ActRefused(_("工作簿中没有人员，请核对是否选错文件。"))
    _check_rows(sheet)
    _check_people(sheet, actor)
    sheet.errors.sort(key=lambda error: error.row)
    return sheet


def _check_rows(sheet: sheets.Sheet) -> None:
    """Numbers by their kind, levels with a standard, doubles within the list."""
    seen: dict[tuple, int] = {}
    accounts: dict[str, tuple[str, int]] = {}
    for line, values in sheet.rows:
        instrument, level = values.get("instrument"), values.get("level_code")
        if instrument and level and sheet.known.figures.rate_of(instrument, level) is None:
            sheet.wrong(line, "level_code", level, _("该事项没有这个层次的标准"))
        kind = values.setdefault("id_kind", TalentProfile.IdentityKind.RESIDENT_ID)
        if bool(values.get("bank_name")) != bool(values.get("bank_account")):
            wanting = "bank_account" if values.get("bank_name") else "bank_name"
            sheet.wrong(line, wanting, "", _("开户银行和银行账号须同时填写或同时留空"))
        text = values.get("id_number")
        if not text:
            continue
        try:
            number = identifiers.check_identity(kind, text, today=calendar.today()).number
        except ValueError as error:
            sheet.wrong(line, "id_number", text, str(error))
            del values["id_number"]
            continue
        values["id_number"] = number
        first = seen.setdefault((kind, number, instrument), line)
        if first != line:
            sheet.wrong(line, "id_number", number, _("与第%(line)d行重复") % {"line": first})
        if account := values.get("bank_account"):
            owner, other = accounts.setdefault(account, (number, line))
            if owner != number:
                sheet.wrong(
                    line, "bank_account", account, _("与第%(line)d行他人的账号相同") % {"line": other}
                )


def _check_people(sheet: sheets.Sheet, actor: User) -> None:
    """What is on record here: another name, an open application, oneself."""
    rows = {line: values for line, values in sheet.rows if values.get("id_number")}
    indexes = {
        line: blind_index(TalentProfile, "id_number", values["id_number"]) for line, values in rows.items()
    }
    known: dict[tuple[str, str], TalentProfile] = {}
    for some in _chunks(sorted(set(indexes.values()))):
        for person in TalentProfile.objects.filter(id_number_index__in=some):
            known[person.id_kind, person.id_number_index] = person
    open_keys: set[str] = set()
    for some in _chunks([person.pk for person in known.values()]):
        found = HousingCase.objects.filter(applicant__in=some, open_key__isnull=False)
        open_keys.update(found.exclude(status__in=Case.ENDED).values_list("open_key", flat=True))
    for line, values in rows.items():
        person = known.get((values["id_kind"], indexes[line]))
        if person is None:
            continue
        if values.get("name") and person.name != values["name"]:
            sheet.wrong(line, "name", values["name"], str(people.OTHER_NAME))
        if person.user_id == actor.pk:
            sheet.wrong(line, "name", person.name, _("不能为本人申报，请由本单位其他人事专员办理"))
        if f"{person.pk}:{values.get('instrument')}" in open_keys:
            sheet.wrong(line, "instrument", "", _("该人同一事项已有办件，不能重复申报"))


def _chunks(rows: list[Any]) -> Iterator[list[Any]]:
    for place in range(0, len(rows), LOOK_UP):
        yield rows[place : place + LOOK_UP]


@transaction.atomic
def take_in(content: bytes, *, actor: User, employer: Organisation) -> tuple[Roster | None, sheets.Sheet]:
    """Keep a list without a mistake, sealed; with a mistake nothing is kept. Returns the list and what was read."""
    sheet = check(content, actor=actor, employer=employer)
    if sheet.errors:
        return None, sheet
    year = calendar.today().year
    serial = sequences.next_number("roster", year)
    roster = Roster.objects.create(
        number=f"PLSB{year}-{serial:04d}", employer=employer, filed_by=actor, total=len(sheet.rows)
    )
    RosterLine.objects.bulk_create(
        [
            RosterLine(
                roster=roster, line=line, masked_name=identifiers.mask("name", values["name"]),
                content=json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False),
            )
            for line, values in sheet.rows
        ],
        batch_size=LOOK_UP,
    )  # fmt: skip
    audit.record("roster_taken_in", actor=actor, subject=roster.number, detail={"people": roster.total})
    return roster, sheet


# --- the list is filed -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How many lines are filed, failed and waiting."""

    filed: int
    failed: int
    waiting: int

    @property
    def done(self) -> int:
        return self.filed + self.failed


def progress(roster: Roster) -> Progress:
    counts = {state: Count("pk", filter=Q(state=state)) for state in (one.value for one in RosterLine.State)}
    return Progress(**roster.lines.aggregate(**counts))


def _held(roster: Roster) -> Roster:
    return (
        Roster.objects.select_for_update(of=("self",))
        .select_related("employer", "filed_by")
        .get(pk=roster.pk)
    )


@transaction.atomic
def start(roster: Roster, *, actor: User) -> Roster:
    """Begin to file a checked list. Raises `Conflict` when it was begun or dropped."""
    _require_hr(actor, roster.employer)
    roster = _held(roster)
    if roster.state != Roster.State.CHECKED:
        raise Conflict(_("批次 %(number)s 已经开始申报或已放弃。") % {"number": roster.number})
    roster.state = Roster.State.RUNNING
    roster.save(update_fields=["state"])
    audit.record("roster_started", actor=actor, subject=roster.number, detail={"people": roster.total})
    return roster


@transaction.atomic
def drop(roster: Roster, *, actor: User | None) -> Roster:
    """Give up a checked list: what was written in it is not kept. `actor` None: its time is over."""
    if actor is not None:
        _require_hr(actor, roster.employer)
    roster = _held(roster)
    if roster.state != Roster.State.CHECKED:
        raise Conflict(_("批次 %(number)s 已经开始申报或已放弃。") % {"number": roster.number})
    roster.lines.update(state=RosterLine.State.FAILED, content="", cause=_("未申报，已放弃"))
    roster.state, roster.ended_at = Roster.State.DROPPED, timezone.now()
    roster.save(update_fields=["state", "ended_at"])
    audit.record("roster_dropped", actor=actor, subject=roster.number)
    return roster


@transaction.atomic
def advance(roster: Roster, *, begin: Callable[[Case], None], actor: User | None = None) -> Roster:
    """File the next `CHUNK` people; the last ones end the list. Safe at any time, by anybody, twice at once.

    begin: starts the procedure of a new case. actor: who goes on; else it is done for whoever filed the list.
    """
    if actor is not None:
        _require_hr(actor, roster.employer)
    roster = _held(roster)
    if roster.state != Roster.State.RUNNING:
        return roster
    waiting = list(roster.lines.filter(state=RosterLine.State.WAITING).order_by("line")[: CHUNK + 1])
    for line in waiting[:CHUNK]:
        try:
            with transaction.atomic():
                line.case = _file(roster, json.loads(line.content.reveal()), actor=actor or roster.filed_by)
                begin(line.case)
            line.state = RosterLine.State.FILED
        except ActRefused as refusal:
            line.case, line.state, line.cause = None, RosterLine.State.FAILED, str(refusal)[:300]
        line.content = ""
        line.save(update_fields=["case", "state", "cause", "content"])
    if len(waiting) <= CHUNK:
        roster.state, roster.ended_at = Roster.State.DONE, timezone.now()
        roster.save(update_fields=["state", "ended_at"])
        audit.record("roster_done", subject=roster.number, detail=vars(progress(roster)))
    return roster


def _file(roster: Roster, values: dict[str, Any], *, actor: User) -> HousingCase:
    """The draft of one person, with what the employer states and confirms; the person is told and does the rest."""
    standing = _require_hr(actor, roster.employer)
    person = people.known_or_recorded(
        actor=actor, **{name: values[name] for name in _PERSON if values.get(name)}
    )
    facts = {name: values[name] for name in HousingCase.employer_facts}
    facts |= {name: date.fromisoformat(facts[name]) for name in _DATES}
    case = open_draft(
        actor=actor, applicant=person, instrument=values["instrument"], employer=roster.employer,
        level_code=values["level_code"], employer_confirmed_at=timezone.now(), employer_confirmed_by=actor, **facts,
    )  # fmt: skip
    case.employer_stated = stated_by_employer(case)
    case.save(update_fields=["employer_stated"])
    cases.record(
        case, "filed_by_employer", actor=actor, standing=standing, title=_("单位批量申报"),
        public_text=_("用人单位已填写在岗、合同和参保情况，等待本人补充并提交。"), figures={"roster": roster.number},
    )  # fmt: skip
    if person.user:
        messages.tell(
            person.user, kind="filed_by_employer", subject=_("单位已为您填报人才安居申请"), case=case,
            body=_("%(employer)s为您填报了办件 %(number)s，请登录核对、补充家庭和住房情况后提交。")
            % {"employer": roster.employer, "number": case.number},
        )  # fmt: skip
    return case


def unfinished() -> QuerySet[Roster]:
    """Lists whose filing was begun and not ended: whoever began it went away."""
    return Roster.objects.filter(state=Roster.State.RUNNING).select_related("employer").order_by("pk")


def overdue(day: date) -> QuerySet[Roster]:
    """Lists nobody began to file within the days a draft is kept."""
    kept = policy.figures(policy.edition_for(POLICY)).limit("draft_days")
    return (
        Roster.objects.filter(state=Roster.State.CHECKED, made_at__date__lt=day - timedelta(days=kept))
        .select_related("employer")
        .order_by("pk")
    )


def invitations(roster: Roster, *, actor: User) -> list[tuple[str, str, str, str]]:
    """(line, name, case number, token) of everybody on the list who has no account yet; recorded per case."""
    _require_hr(actor, roster.employer)
    lines = roster.lines.filter(case__applicant__user__isnull=True, case__status=Case.Status.DRAFT)
    return [
        (
            str(line.line),
            line.case.applicant.name,
            line.case.number,
            candidates.invite(line.case, actor=actor),
        )
        for line in lines.select_related("case__applicant")
    ]
