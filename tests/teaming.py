"""A core member takes the place in a team and fills in the own part, for worlds that need a team."""

from talent.core.models import User
from talent.core.services import people
from talent.green_channel.models import GreenChannelCase, TeamMember
from talent.green_channel.services import team, team_changes
from tests import factories


def fill(
    member: TeamMember, user: User, *, leader: User, number: str, paper: bytes | None = None
) -> TeamMember:
    """Invited by the leader and complete, not confirmed yet."""
    member = team.accept(team.invite(member, actor=leader), actor=user)
    person = people.update_profile(member.profile, actor=user, id_number=number, mobile="19900000002")
    person.educations.create(level="doctor", school="示例大学", graduated_on="2010-06-30")
    person.employments.create(employer_name="示例大学", position="教授", started_on="2012-01-01")
    for code in ("person", "declaration"):
        member.case.sections.create(code=team.section(member, code), complete=True)
    team.file_material(member, "G02", factories.pdf(content=paper), actor=user)
    return member


def ask_in(case: GreenChannelCase, user: User, *, number: str) -> TeamMember:
    """A case that was handed in becomes a team's; `user` has been asked in and has confirmed, the bureau has not decided."""
    GreenChannelCase.objects.filter(pk=case.pk).update(kind="team")
    leader = case.applicant.user
    change = team_changes.ask_join(
        GreenChannelCase.objects.get(pk=case.pk), actor=leader, name=user.name, employer_name="示例大学",
        duty="检测", reason="补充力量",
    )  # fmt: skip
    member = fill(change.member, user, leader=leader, number=number)
    return team.confirm(member, actor=user, consents=team.PURPOSES)
