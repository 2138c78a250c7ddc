"""Letters only the 直通车 has: expert review, minutes, decision, certificate (济政发〔2025〕8号 items 7 and 9)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self

from django.utils.translation import gettext_lazy as _

from talent.core.models import TalentLevel
from talent.core.services.letters.documents import DOCUMENT, FORM, LETTER, LetterDocument, basis_of, common

from .models import AgendaItem, Agreement, GreenChannelCase, Meeting, Panel


def _subject(case: GreenChannelCase) -> dict[str, Any]:
    """Who is recognised, as what, and where: what decision and certificate have in common."""
    level = TalentLevel.objects.filter(code=case.level_code).first()
    return {
        "level": str(level) if level else case.level_code,
        "team": case.kind == GreenChannelCase.Kind.TEAM,
        "field": case.field,
        "project": case.project_title,
        "employer": case.employer.name if case.employer else "",
        "engagement": case.get_engagement_display(),
        "contract_years": case.contract_years,
    }


@dataclass(frozen=True, kw_only=True)
class _Recognised(LetterDocument):
    needs_receipt: ClassVar[bool] = True

    level: str
    team: bool
    field: str
    project: str
    employer: str
    engagement: str
    contract_years: int | None


@dataclass(frozen=True, kw_only=True)
class Decision(_Recognised):
    """审定决定书: what was decided, why, and which support comes with it."""

    kind: ClassVar[str] = "decision"
    title: ClassVar[Any] = _("顶尖人才“直通车”审定决定书")
    layout: ClassVar[str] = DOCUMENT
    template: ClassVar[str] = "green_channel/decision.html"

    reason: str
    support: tuple[str, ...]

    @classmethod
    def of(cls, case: GreenChannelCase) -> Self:
        copied = (case.recommender, case.employer, case.lead_organisation)
        return cls(
            **common(case),
            **_subject(case),
            copies=tuple(dict.fromkeys(body.name for body in copied if body)),
            reason=case.decision_reason,
            support=tuple(
                item["name"] if isinstance(item, dict) else str(item) for item in case.support_items
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Recognition(_Recognised):
    """认定书: the certificate."""

    kind: ClassVar[str] = "recognition"
    title: ClassVar[Any] = _("顶尖人才“直通车”认定书")
    layout: ClassVar[str] = FORM
    template: ClassVar[str] = "green_channel/recognition.html"

    @classmethod
    def of(cls, case: GreenChannelCase) -> Self:
        return cls(**common(case), **_subject(case))


@dataclass(frozen=True, kw_only=True)
class AgreementText(LetterDocument):
    """引进协议: the terms of one version, with a place for each side to sign. In force when all have filed theirs."""

    kind: ClassVar[str] = "agreement"
    title: ClassVar[Any] = _("顶尖人才引进协议")
    layout: ClassVar[str] = FORM
    template: ClassVar[str] = "green_channel/agreement.html"

    version: int
    team: bool
    members: tuple[str, ...]
    employer: str
    government: str
    project: str
    starts_on: date
    ends_on: date
    service_years: int
    duties: str
    ip: str
    recovery: str
    reason: str
    sign_by: date
    milestones: tuple[tuple[str, date, str, str], ...]
    total: str

    @classmethod
    def of(cls, case: GreenChannelCase, agreement: Agreement, *, sign_by: date) -> Self:
        milestones = list(agreement.milestones.all())
        return cls(
            **common(case),
            version=agreement.version,
            team=case.kind == GreenChannelCase.Kind.TEAM,
            members=tuple(case.members.agreed().values_list("name", flat=True)),
            employer=agreement.employer.name,
            government=agreement.government.name,
            project=case.project_title,
            starts_on=agreement.starts_on,
            ends_on=agreement.ends_on,
            service_years=agreement.service_years,
            duties=agreement.duties,
            ip=agreement.ip,
            recovery=agreement.recovery,
            reason=agreement.reason,
            sign_by=sign_by,
            milestones=tuple(
                (one.title, one.due_on, f"{one.amount:,.2f}", one.evidence) for one in milestones
            ),
            total=f"{sum(one.amount for one in milestones):,.2f}",
        )


@dataclass(frozen=True, kw_only=True)
class ExpertReviewNotice(LetterDocument):
    """专家评审时间告知书: the days that do not count, in writing (行政许可法 art. 45). Names no expert."""

    kind: ClassVar[str] = "expert_review"
    title: ClassVar[Any] = _("专家评审时间告知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "green_channel/expert_review.html"
    needs_receipt: ClassVar[bool] = True

    due_on: date

    @classmethod
    def of(cls, case: GreenChannelCase, panel: Panel) -> Self:
        return cls(**common(case), due_on=panel.due_on)


@dataclass(frozen=True, kw_only=True)
class MeetingMinutes(LetterDocument):
    """联席会议纪要: who was there, what was voted and by which count, conditions, and the support list item by item.

    Inside the house: of no single case. A secret vote is stated in counts only.
    """

    kind: ClassVar[str] = "minutes"
    title: ClassVar[Any] = _("顶尖人才“直通车”联席会议纪要")
    layout: ClassVar[str] = DOCUMENT
    template: ClassVar[str] = "green_channel/minutes.html"

    held_on: date
    place: str
    chair: str
    present: tuple[tuple[str, str], ...]
    absent: tuple[str, ...]
    items: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, meeting: Meeting) -> Self:
        seats = list(meeting.attendances.select_related("organisation"))
        items = list(meeting.items.select_related("case__applicant", "case__employer", "case__edition"))
        return cls(
            case_number=meeting.number,
            matter=meeting.title,
            recipient="",
            basis=basis_of(items[0].case) if items else "",
            mark=items[0].case.edition.mark if items else "",
            held_on=meeting.held_on,
            place=meeting.place,
            chair=meeting.chair,
            present=tuple((seat.organisation.name, seat.delegate) for seat in seats if seat.present),
            absent=tuple(seat.organisation.name for seat in seats if not seat.present),
            items=tuple(_minuted(item) for item in items),
        )


def _minuted(item: AgendaItem) -> dict[str, Any]:
    """One item as the minutes state it."""
    case = item.case
    return {
        "place": item.place,
        "case": case.number,
        "name": case.applicant.name,
        "employer": case.employer.name if case.employer else "",
        "project": case.project_title,
        "state": item.state,
        "result": str(item.get_state_display()),
        "secret": item.secret,
        "quorum": item.figures.get("quorum", ""),
        "count": item.figures.get("vote", ""),
        "votes": [
            [str(ballot.attendance.organisation), str(ballot.get_choice_display())]
            for ballot in item.ballots.select_related("attendance__organisation")
            if ballot.choice
        ],
        "recused": [
            str(one.attendance.organisation)
            for one in item.recusals.select_related("attendance__organisation")
        ],
        "conditions": item.conditions,
        "reason": item.reason.rstrip("。；，"),
        "support": [
            {
                "name": line.name,
                "basis": line.basis,
                "amount": f"{line.amount:,.2f}" if line.amount is not None else "",
                "owner": line.owner.name,
            }
            for line in item.support.select_related("owner")
        ],
    }
