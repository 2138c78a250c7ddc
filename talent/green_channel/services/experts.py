"""The pool of experts: who is in it, whom they are tied to, and whom a case must not be shown to."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import identifiers, roles
from talent.core.models import IndustryChain, Organisation, User
from talent.core.services import appointments, audit
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel import rules
from talent.green_channel.models import Expert, ExpertTie, GreenChannelCase

POLICY = "green_channel"


def _require_office(actor: User) -> None:
    if not any(
        post.role.may(roles.Act.RUN_PANEL) and post.covers(POLICY) for post in appointments.posts_of(actor)
    ):
        raise NotAllowed(_("您没有“组织专家评审”的岗位授权。"))


@transaction.atomic
def add_expert(
    *,
    actor: User,
    name: str,
    employer_name: str,
    fields: str,
    title: str = "",
    university: str = "",
    mobile: str = "",
    employer: Organisation | None = None,
    chains: Iterable[IndustryChain] = (),
    user: User | None = None,
) -> Expert:
    """Enter an expert into the pool. With an account he scores online; the account must hold the expert's post.

    Raises `NotAllowed` without the panel's office, `ActRefused` for a wrong mobile number or an unfit account.
    """
    _require_office(actor)
    if user is not None and Expert.objects.filter(user=user).exists():
        raise ActRefused(_("账号“%(user)s”已对应一名在库专家。") % {"user": user})
    if user is not None and not holds_post(user):
        raise ActRefused(_("账号“%(user)s”没有评审专家岗位，请先由安全管理员任命。") % {"user": user})
    try:
        mobile = identifiers.check_mobile(mobile) if mobile else ""
    except ValueError as error:
        raise ActRefused(str(error), code="mobile") from None
    expert = Expert(
        user=user, name=name, employer=employer, employer_name=employer_name, fields=fields, title=title,
        university=university,
    )  # fmt: skip
    expert.mobile = mobile
    expert.save()
    expert.chains.set(chains)
    audit.record("expert_added", actor=actor, subject=f"expert:{expert.pk}")
    return expert


@transaction.atomic
def retire_expert(expert: Expert, *, actor: User) -> Expert:
    """Take an expert out of the pool; running seats stay as they are."""
    _require_office(actor)
    Expert.objects.filter(pk=expert.pk).update(active=False)
    expert.refresh_from_db()
    audit.record("expert_retired", actor=actor, subject=f"expert:{expert.pk}")
    return expert


@transaction.atomic
def declare_tie(
    expert: Expert, *, actor: User, kind: str, person: str = "", organisation: str = "", title: str = ""
) -> ExpertTie:
    """Record whom an expert is tied to, by himself or by the panel's office."""
    if expert.user_id != actor.pk:
        _require_office(actor)
    if not any(text.strip() for text in (person, organisation, title)):
        raise ActRefused(_("请至少填写相关人员、单位、项目或专利名称中的一项。"))
    tie = ExpertTie(
        expert=expert, kind=kind, organisation=organisation.strip(), title=title.strip(), declared_by=actor
    )
    tie.person = person.strip()
    tie.save()
    audit.record("expert_tie_declared", actor=actor, subject=f"expert:{expert.pk}", detail={"tie": tie.pk})
    return tie


def holds_post(user: User) -> bool:
    """Whether an account holds the expert's post today."""
    return any(post.role is roles.EXPERT for post in appointments.posts_of(user))


# --- 回避 ------------------------------------------------------------------------------------------------


def subject_of(case: GreenChannelCase) -> rules.SubjectFacts:
    """Whom and what a case is about, for comparing with an expert."""
    person = case.applicant
    members = list(case.members.all())
    today = timezone.localdate()
    posts = list(person.employments.all())
    current = [post.employer_name for post in posts if post.ended_on is None or post.ended_on >= today]
    own = [case.employer.name] if case.employer else []
    return rules.SubjectFacts(
        people=(person.name, *(member.name for member in members)),
        employers=tuple(own + current + [member.employer_name for member in members]),
        universities=(
            *own, *(post.employer_name for post in posts), *person.educations.values_list("school", flat=True),
        ),
        works=(case.project_title, *case.achievements.values_list("title", flat=True)),
    )  # fmt: skip


def facts_of(expert: Expert, case: GreenChannelCase) -> rules.ExpertFacts:
    """What is known of an expert. Sealed names are opened for the comparison only and go nowhere else."""
    employers = [expert.employer_name] + ([expert.employer.name] if expert.employer else [])
    return rules.ExpertFacts(
        name=expert.name,
        is_applicant=expert.user_id is not None and expert.user_id == case.applicant.user_id,
        employers=tuple(employers),
        universities=(expert.university,),
        ties=tuple(
            rules.Tie(tie.kind, tie.person.reveal() if tie.person else "", tie.organisation, tie.title)
            for tie in expert.ties.all()
        ),
    )


def conflict_reason(expert: Expert, case: GreenChannelCase, *, subject: Any = None) -> str:
    """Why `expert` must stay away from `case`, every reason named; empty when he need not."""
    found = rules.conflicts(facts_of(expert, case), subject or subject_of(case))
    return "；".join(conflict.reason for conflict in found)


def pool(text: str = "") -> Any:
    """The experts one can invite, with what the search for conflicts reads; `text` in name, field or employer."""
    rows = (
        Expert.objects.filter(active=True)
        .select_related("employer", "user")
        .prefetch_related("ties", "chains")
    )
    if text:
        rows = rows.filter(
            Q(name__contains=text) | Q(fields__contains=text) | Q(employer_name__contains=text)
        )
    return rows.order_by("name", "pk")
