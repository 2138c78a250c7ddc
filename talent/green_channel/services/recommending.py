"""推荐 and the dossier (G1): named by a body that may recommend, completed and handed in by the talent."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, Organisation, TalentLead, TalentProfile, User
from talent.core.services import appointments, atlas, cases, materials, policy, supplements
from talent.core.services import dossier as parts
from talent.core.services.dossier import Part
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.intake import hand_in
from talent.green_channel import rules
from talent.green_channel.models import Achievement, GreenChannelCase, TeamMember

from . import team

POLICY = "green_channel"
# As many as the dossier takes.
ACHIEVEMENTS = 10


def intake_organisation() -> Organisation:
    """市委组织部, named by the edition's intake bureau."""
    edition = policy.edition_for(POLICY)
    return Organisation.objects.get(code=policy.figures(edition).intake_bureau)


@transaction.atomic
def recommend(
    *,
    actor: User,
    recommender: Organisation,
    employer: Organisation,
    candidate: TalentProfile,
    submission_key: Any = None,
    lead: TalentLead | None = None,
    core_members: Sequence[Mapping[str, str]] = (),
    **fields: Any,
) -> GreenChannelCase:
    """推荐 (G1): a body that may recommend names a person or team; the talent confirms next.

    lead: the lead of the atlas this began from; its published results are taken over. core_members: `name`,
    `employer_name` and `duty` of each, when the recommender names a team. Raises `ActRefused` when the organisation may not recommend, the person already has a running case, or the
    same form was sent twice.
    """
    # Two forms about one person at the same moment follow each other here.
    TalentProfile.objects.select_for_update().get(pk=candidate.pk)
    if submission_key and GreenChannelCase.objects.filter(submission_key=submission_key).exists():
        raise Conflict(_("这份推荐已经提交，请在办件列表中查看，无需重复提交。"))
    edition = policy.edition_for(POLICY)
    standing = appointments.standing(actor, roles.HR, recommender) or appointments.standing(
        actor, roles.RECOMMENDER, recommender, policy=POLICY
    )
    if standing is None:
        raise NotAllowed(_("您没有代表“%(org)s”推荐的岗位授权。") % {"org": recommender})
    answer = rules.may_recommend(
        kind=recommender.kind,
        code=recommender.code,
        region_kind=recommender.region.kind,
        edition=edition.data,
    )
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    running = GreenChannelCase.objects.filter(applicant=candidate).running().first()
    if running:
        raise ActRefused(
            _("%(name)s已有在办的直通车办件 %(number)s，不能重复推荐。")
            % {"name": candidate, "number": running.number}
        )
    case = cases.open_case(
        GreenChannelCase,
        actor=actor,
        edition=edition,
        applicant=candidate,
        intake=intake_organisation(),
        deciding=intake_organisation(),
        recommender=recommender,
        employer=employer,
        status=Case.Status.RECOMMENDED,
        region=employer.region,
        submission_key=submission_key,
        **fields,
    )
    materials.build_checklist(case, policy.figures(edition).materials)
    for member in core_members if case.team else ():
        team.add(case, **member)
    if lead is not None:
        atlas.began(lead, case, actor=actor)
        Achievement.objects.bulk_create(
            Achievement(case=case, kind=row.kind, title=row.title, year=row.year, note=row.note)
            for row in lead.achievements.all()[:ACHIEVEMENTS]
        )
    cases.record(
        case,
        "recommended",
        actor=actor,
        standing=standing,
        title=_("推荐"),
        public_text=_("%(org)s推荐申报直通车，等待本人确认并完善申报书。") % {"org": recommender},
        figures={"clauses": list(answer.clauses)},
    )
    supplements.tell_applicant(
        case,
        kind="recommended",
        subject=_("您被推荐申报顶尖人才直通车"),
        body=_("%(org)s推荐您申报，请登录确认并完善申报书（办件 %(number)s）。")
        % {"org": recommender, "number": case.number},
    )
    return case


@transaction.atomic
def revise(case: GreenChannelCase, *, actor: User, note: str = "", **fields: Any) -> GreenChannelCase:
    """The recommender answers a returned recommendation; the talent confirms again."""
    for name, value in fields.items():
        setattr(case, name, value)
    case.save(update_fields=list(fields) or None)
    cases.set_status(case, Case.Status.RECOMMENDED)
    cases.record(
        case,
        "recommendation_revised",
        actor=actor,
        title=_("修改推荐"),
        public_text=note or _("推荐单位已修改推荐材料。"),
    )
    return case


@transaction.atomic
def submit(case: GreenChannelCase, *, actor: User) -> GreenChannelCase:
    """The talent confirms the dossier and hands it in; a numbered receipt is issued.

    Raises `ActRefused` naming every core member who has not confirmed and every part that is not complete.
    """
    team.require_confirmed(case)
    case.promised_true_at = timezone.now()
    case.save(update_fields=["promised_true_at"])
    hand_in(case, dossier(case), actor=actor)
    return case


def dossier(case: GreenChannelCase) -> list[Part]:
    """The dossier's parts in order, derived from what is recorded, never from a flag alone."""
    saved = parts.saved(case)
    states = list(case.members.values_list("state", flat=True)) if case.team else []
    confirmed = states.count(TeamMember.State.CONFIRMED)
    return [
        parts.person(case),
        parts.history(case),
        Part(
            "achievements",
            _("代表性成果"),
            _("%(n)d 项，最多 10 项") % {"n": case.achievements.count()},
            case.achievements.exists(),
        ),
        Part("project", _("项目情况"), _("技术路线、知识产权、投资与效益"), "project" in saved),
        Part(
            "team",
            _("团队成员"),
            _("本人已确认 %(n)d / %(all)d 人") % {"n": confirmed, "all": len(states)}
            if case.team
            else _("个人申报可直接标为完成"),
            confirmed == len(states) > 0 if case.team else "team" in saved,
        ),
        Part("declaration", _("声明"), _("原单位关系、竞业限制、知识产权"), "declaration" in saved),
        Part("needs", _("服务需求"), _("五个领域，可不填"), "needs" in saved),
        parts.materials(case),
    ]
