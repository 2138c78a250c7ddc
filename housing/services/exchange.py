"""核查交换清单: a bureau without an interface is sent a list, and answers by the same file filled in.

A list holds the edition's columns and nothing else. What was sent is kept sealed, so that the file is the same at
every export and every altered cell of an answer is found.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from housing.models import ExchangeLine, ExchangeList, HousingCase
from housing.rules.checks import EXCHANGED, IDENTITY
from talent.core import identifiers, roles
from talent.core.models import Check, Organisation, User
from talent.core.services import appointments, audit, calendar, cases, policy, sequences, sheets
from talent.core.services.errors import ActRefused, Conflict, NotAllowed

from .reading import POLICY, figures_of

FORMATS = ("csv", "xlsx")
# The people of one list; more are put on the next one.
MOST_LINES = 500
AGREES, DIFFERS, UNKNOWN = "一致", "不一致", "查无"
_VERDICTS = {
    AGREES: ExchangeLine.Verdict.AGREES,
    DIFFERS: ExchangeLine.Verdict.DIFFERS,
    UNKNOWN: ExchangeLine.Verdict.UNKNOWN,
}
_TOLD = 20


# --- what goes out -----------------------------------------------------------------------------------


def _sealed(value: Any) -> str:
    return value.reveal() if value else ""


# How a column is read off a case; the other columns are the case's fields of that name.
_READ: dict[str, Callable[[HousingCase], Any]] = {
    "name": lambda case: case.applicant.name,
    "id_number": lambda case: _sealed(case.applicant.id_number),
    "spouse_id_number": lambda case: _sealed(case.spouse_id_number),
    "marriage": lambda case: case.get_marriage_display(),
    "employer": lambda case: case.employer.name,
}


def _told(case: HousingCase, column: str) -> str:
    value = _READ[column](case) if column in _READ else getattr(case, column)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return "" if value is None else str(value)


def heads(exchange: ExchangeList) -> list[str]:
    """The columns of the file: what is told, then what the bureau fills in."""
    told = [EXCHANGED[column] for column in exchange.columns]
    return [
        "清单编号",
        "行号",
        *told,
        *(f"{EXCHANGED[column]}核查结果" for column in _asked(exchange)),
        "说明",
    ]


def _asked(exchange: ExchangeList) -> list[str]:
    """The columns the bureau says something about."""
    return [column for column in exchange.columns if column not in IDENTITY]


def _rows(exchange: ExchangeList, contents: list[list[str]]) -> list[list[str]]:
    blank = [""] * (len(_asked(exchange)) + 1)
    return [
        heads(exchange),
        *([exchange.number, str(place), *told, *blank] for place, told in enumerate(contents, 1)),
    ]


def _open_checks() -> QuerySet[Check]:
    """Checks of housing that wait for an opinion and were on no list: what a list did not settle, a person looks at."""
    listed = ExchangeLine.objects.filter(asked=OuterRef("pk")).exclude(verdict="withdrawn")
    return Check.objects.filter(
        ~Exists(listed), state=Check.State.ASKED, case__policy=POLICY, concluded=False
    )


def bureaus_of(user: User, *wanted: roles.Role) -> set[int]:
    """The keys of the bureaus for which `user` checks, or heads those who do."""
    held = wanted or (roles.CHECKER, roles.BUREAU_HEAD)
    return appointments.organisations_where(user, *held, policy=POLICY)


def visible(user: User) -> QuerySet[ExchangeList]:
    """The lists of the bureaus of `user`."""
    found = ExchangeList.objects.filter(organisation__in=bureaus_of(user))
    return found.select_related("organisation", "edition", "made_by").order_by("-pk")


@dataclass(frozen=True)
class Waiting:
    """How many checks of a subject wait at a bureau that may answer them by file."""

    organisation: Organisation
    subject: str
    title: str
    number: int


def waiting(user: User) -> list[Waiting]:
    """What `user` may put on a list now."""
    edition = policy.edition_for(POLICY)
    listed = {row.subject for row in figures_of(edition).exchange}
    bureaus = {one.pk: one for one in Organisation.objects.filter(pk__in=bureaus_of(user, roles.CHECKER))}
    rows = (
        _open_checks()
        .filter(organisation__in=bureaus, subject__in=listed)
        .order_by("organisation", "subject")
        .values_list("organisation", "subject")
        .annotate(number=Count("pk"))
    )
    figures = policy.figures(edition)
    return [
        Waiting(bureaus[key], subject, figures.check(subject).title, number) for key, subject, number in rows
    ]


@transaction.atomic
def make_list(organisation: Organisation, subject: str, *, actor: User) -> ExchangeList:
    """Put the checks that wait at a bureau on a numbered list: those of one edition, the oldest first.

    Raises `NotAllowed` without the bureau's post, `ActRefused` when nothing waits or this edition lists no columns.
    """
    if appointments.standing(actor, roles.CHECKER, organisation, policy=POLICY) is None:
        raise NotAllowed(_("只有“%(name)s”的审查人员可以生成清单。") % {"name": organisation})
    rows = _open_checks().filter(organisation=organisation, subject=subject)
    found = list(
        rows.select_for_update(of=("self",)).select_related("case__edition").order_by("pk")[:MOST_LINES]
    )
    found = [check for check in found if check.case.edition_id == found[0].case.edition_id]
    people = HousingCase.objects.select_related("applicant", "employer").in_bulk(
        [check.case_id for check in found]
    )
    # Nobody tells or answers about himself or his present employer.
    found = [
        check
        for check in found
        if not appointments.refusal(actor, roles.CHECKER, organisation, people[check.case_id])
    ]
    if not found:
        raise ActRefused(_("没有待核查的人员，或都已列入其他清单。"))
    edition = found[0].case.edition
    layout = figures_of(edition).exchange_of(subject)
    if layout is None:
        raise ActRefused(_("本版政策没有规定这项核查的清单内容，请在办件中逐件核查。"))
    year = calendar.today().year
    serial = sequences.next_number("exchange", year)
    exchange = ExchangeList(
        number=f"JHQD{year}-{serial:04d}", subject=subject, edition=edition, organisation=organisation,
        columns=list(layout.columns), made_by=actor,
    )  # fmt: skip
    contents = [[_told(people[check.case_id], column) for column in layout.columns] for check in found]
    exchange.sha256 = hashlib.sha256(sheets.as_csv(_rows(exchange, contents))).hexdigest()
    exchange.save(force_insert=True)
    ExchangeLine.objects.bulk_create(
        ExchangeLine(
            exchange=exchange, place=place, asked=check, content=json.dumps(told, ensure_ascii=False)
        )
        for place, (check, told) in enumerate(zip(found, contents, strict=True), 1)
    )
    audit.record(
        "exchange_listed", actor=actor, subject=exchange.number,
        detail={"subject": subject, "lines": len(found), "columns": exchange.columns, "sha256": exchange.sha256},
    )  # fmt: skip
    return exchange


def _contents(exchange: ExchangeList) -> list[list[str]]:
    return [json.loads(line.content.reveal()) for line in exchange.lines.order_by("place")]


@transaction.atomic
def export(exchange: ExchangeList, kind: str, *, actor: User) -> tuple[str, bytes]:
    """The list as `csv` or `xlsx`: (file name, content), the same bytes each time. Recorded before it is handed out."""
    _require_bureau(actor, exchange)
    rows = _rows(exchange, _contents(exchange))
    plain = sheets.as_csv(rows)
    if hashlib.sha256(plain).hexdigest() != exchange.sha256:
        raise Conflict(
            _("清单 %(number)s 的内容与生成时不一致，不能导出，请作废后重新生成。")
            % {"number": exchange.number}
        )
    content = plain if kind == "csv" else sheets.as_xlsx(exchange.number, rows)
    audit.record(
        "exchange_exported", actor=actor, subject=exchange.number,
        detail={"format": kind, "sha256": hashlib.sha256(content).hexdigest()},
    )  # fmt: skip
    return f"{exchange.number}.{kind}", content


def _require_bureau(actor: User, exchange: ExchangeList) -> appointments.Standing:
    standing = appointments.standing(actor, roles.CHECKER, exchange.organisation, policy=POLICY)
    if standing is None:
        raise NotAllowed(_("只有“%(name)s”的审查人员可以办理。") % {"name": exchange.organisation})
    return standing


@transaction.atomic
def withdraw(exchange: ExchangeList, *, actor: User) -> ExchangeList:
    """作废: its people may be put on another list; an answer to this one is no longer taken."""
    _require_bureau(actor, exchange)
    exchange = hold(exchange)
    exchange.lines.update(verdict=ExchangeLine.Verdict.WITHDRAWN)
    exchange.state = ExchangeList.State.WITHDRAWN
    exchange.save(update_fields=["state"])
    audit.record("exchange_withdrawn", actor=actor, subject=exchange.number)
    return exchange


# --- what comes back ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What the bureau said of one person."""

    line: ExchangeLine
    verdict: str
    differing: tuple[str, ...]
    note: str

    @property
    def agrees(self) -> bool:
        return self.verdict == ExchangeLine.Verdict.AGREES


def hold(exchange: ExchangeList) -> ExchangeList:
    """The list under its lock. Raises `Conflict` when it was answered or withdrawn: an answer counts once."""
    held = ExchangeList.objects.select_for_update(of=("self",)).select_related("organisation", "edition")
    exchange = held.get(pk=exchange.pk)
    if exchange.state == ExchangeList.State.ANSWERED:
        raise Conflict(
            _("清单 %(number)s 已于%(day)s导入过回复，同一清单不能重复导入；需要更正的请在办件中修改意见。")
            % {"number": exchange.number, "day": f"{exchange.answered_at:%Y-%m-%d}"}
        )
    if exchange.state == ExchangeList.State.WITHDRAWN:
        raise Conflict(_("清单 %(number)s 已作废，请使用新生成的清单。") % {"number": exchange.number})
    return exchange


def read_answer(exchange: ExchangeList, content: bytes) -> list[Answer]:
    """The verdicts of an answer file. Raises `ActRefused` listing everything that is wrong, by row; nothing is half read."""
    rows = sheets.table(content, what=_("回复文件"))
    wanted = heads(exchange)
    if not rows or rows[0][: len(wanted)] != wanted:
        raise ActRefused(
            _("回复文件的列应与发出的清单一致：%(columns)s。") % {"columns": "、".join(wanted)},
            code="columns",
        )
    lines = {str(line.place): line for line in exchange.lines.select_related("asked__case")}
    problems: list[str] = []
    answers: dict[str, Answer] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        try:
            answer = _answer(exchange, lines, [*row, *[""] * len(wanted)][: len(wanted)])
            if row[1] in answers:
                raise ValueError(_("行号 %(place)s 重复出现") % {"place": row[1]})
        except ValueError as error:
            problems.append(_("第%(row)d行：%(why)s") % {"row": number, "why": error})
        else:
            answers[row[1]] = answer
    absent = [place for place in lines if place not in answers]
    if absent and not problems:
        problems.append(_("缺少行号 %(places)s") % {"places": "、".join(absent[:_TOLD])})
    if problems:
        raise ActRefused("；".join(problems[:_TOLD]) + "。", code="rows")
    return list(answers.values())


def _answer(exchange: ExchangeList, lines: dict[str, ExchangeLine], row: list[str]) -> Answer:
    """One row; `ValueError` says what is wrong with it, never what was sent."""
    if row[0] != exchange.number:
        raise ValueError(
            _("清单编号“%(found)s”不是 %(wanted)s") % {"found": row[0][:20], "wanted": exchange.number}
        )
    line = lines.get(row[1])
    if line is None:
        raise ValueError(_("清单中没有行号“%(place)s”") % {"place": row[1][:20]})
    sent = json.loads(line.content.reveal())
    told, said, note = row[2 : 2 + len(sent)], row[2 + len(sent) : -1], row[-1]
    for column, before, now in zip(exchange.columns, sent, told, strict=True):
        if not _same(before, now):
            raise ValueError(
                _("“%(column)s”与发出的清单不同，发出的内容不能改动") % {"column": EXCHANGED[column]}
            )
    verdicts = {}
    was = dict(zip(exchange.columns, sent, strict=True))
    for column, verdict in zip(_asked(exchange), said, strict=True):
        if not verdict and not was[column]:
            continue
        if verdict not in _VERDICTS:
            raise ValueError(
                _("“%(column)s核查结果”应为“一致”“不一致”或“查无”") % {"column": EXCHANGED[column]}
            )
        verdicts[column] = verdict
    if not verdicts:
        raise ValueError(_("没有填写核查结果"))
    differing = tuple(column for column, verdict in verdicts.items() if verdict != AGREES)
    worst = next((one for one in (DIFFERS, UNKNOWN) if one in verdicts.values()), AGREES)
    if audit.contains_personal_data(note):
        raise ValueError(_("说明中不能填写证件号码或手机号码"))
    return Answer(line, _VERDICTS[worst], differing, note[:200])


def _same(sent: str, got: str) -> bool:
    """Whether a spreadsheet program may have written `got` for `sent`: 850 for 850.00, 2024/1/8 for 2024-01-08."""
    if identifiers.normalise(sent) == identifiers.normalise(got):
        return True
    try:
        if Decimal(sent) == Decimal(got.replace(",", "")):
            # Digits a spreadsheet has rounded away are another number.
            return len(sent.partition(".")[0]) <= 15
    except InvalidOperation:
        pass
    try:
        return date.fromisoformat(sent) == date(*map(int, got.replace("/", "-").split("-")))
    except (ValueError, TypeError):
        return False


def opinion_on(exchange: ExchangeList) -> tuple[str, str]:
    """The finding and the words by which an agreeing line answers its check."""
    subject = policy.figures(exchange.edition).check(exchange.subject)
    finding = next(one.code for one in subject.finding if not one.adverse)
    return finding, _("按核查交换清单 %(number)s 核对，各项与填报一致。") % {"number": exchange.number}


def note(exchange: ExchangeList, answer: Answer, *, actor: User, version: int | None, left: str = "") -> None:
    """Keep one verdict. Of what does not agree the case learns that a person looks at it; its check stays open.

    The verdict itself stands in no event: as an opinion does, it belongs to the bureau until the bureau has answered.
    version: the version of the opinion an agreeing line made; left: why it made none.
    """
    line = answer.line
    line.verdict, line.differing = answer.verdict, list(answer.differing)
    line.opinion_version, line.note = version, "；".join(part for part in (answer.note, left) if part)[:200]
    line.save(update_fields=["verdict", "differing", "opinion_version", "note"])
    if answer.agrees:
        return
    cases.record(
        line.asked.case, "check_by_hand", actor=actor, standing=_require_bureau(actor, exchange),
        title=_("转人工核查"), public=False, internal_text=exchange.number, figures={"check": line.asked.place},
    )  # fmt: skip


@transaction.atomic
def close(exchange: ExchangeList, content: bytes, *, actor: User) -> ExchangeList:
    """The list is answered; its file is known by its hash and not kept."""
    counts = dict(exchange.lines.order_by("verdict").values_list("verdict").annotate(number=Count("pk")))
    exchange.state, exchange.answered_by, exchange.answered_at = (
        ExchangeList.State.ANSWERED,
        actor,
        calendar.now(),
    )
    exchange.answer_sha256 = hashlib.sha256(content).hexdigest()
    exchange.save(update_fields=["state", "answered_by", "answered_at", "answer_sha256"])
    audit.record(
        "exchange_answered", actor=actor, subject=exchange.number,
        detail={"sha256": exchange.answer_sha256, "verdicts": counts},
    )  # fmt: skip
    return exchange
