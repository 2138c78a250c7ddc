"""A team in the town: one member has confirmed and waits for the bureau, another is invited."""

from typing import Any

from talent.core.models import User
from talent.green_channel.services import team, team_changes
from tests import factories, teaming
from workflows.demo import cast

STATE = "submitted_late"


def build(town: Any) -> None:
    """On the case `STATE`: `town.member`, whose account is `chengyuan`, and `town.asked_in`, the token of an invitation."""
    user = User.objects.create_user(username="chengyuan", password=cast.PASSWORD, name="孙示例")
    town.users["chengyuan"] = user
    case = town.cases[STATE]
    town.member = teaming.ask_in(case, user, number=factories.identity_number())
    case.refresh_from_db()
    later = team_changes.ask_join(
        case,
        actor=case.applicant.user,
        name="周示例",
        employer_name="示例研究院",
        duty="工艺",
        reason="补充力量",
    )
    town.asked_in = team.invite(later.member, actor=case.applicant.user)
    # Asked in, with the place taken and the own part still to be written.
    invited = User.objects.create_user(username="beiyao", password=cast.PASSWORD, name="吴示例")
    town.users["beiyao"] = invited
    last = team_changes.ask_join(
        case,
        actor=case.applicant.user,
        name=invited.name,
        employer_name="示例大学",
        duty="工艺",
        reason="补充力量",
    )
    town.invited = team.accept(team.invite(last.member, actor=case.applicant.user), actor=invited)
