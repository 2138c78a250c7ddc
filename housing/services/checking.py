"""联审 (H5): the bureaus are asked by data, answer in parallel, and the calculation makes of it what it must."""

from django.utils.translation import gettext as _

from housing.models import HousingCase
from talent.core.models import CheckConclusion, User
from talent.core.services import checks
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused


def ask_bureaus(case: HousingCase, *, actor: User, standing: Standing) -> None:
    """Ask every bureau the edition names, once: a case that comes from the county again keeps its answers."""
    if case.checks.counted().exists():
        return
    chosen = {
        one.subject.code: one.organisation for one in checks.propose(case) if one.wanted and one.organisation
    }
    if chosen:
        checks.ask(case, chosen, actor=actor, standing=standing)


def conclude(case: HousingCase, outcome: str, explanation: str, *, actor: User, standing: Standing) -> None:
    """What the calculation makes of the answers. An approval against an adverse finding says why."""
    if not case.checks.counted().exists():
        return
    advice = CheckConclusion.Advice.RECOMMEND if outcome == "approve" else CheckConclusion.Advice.REFUSE
    if explanation and len(explanation.strip()) < 4:
        raise ActRefused(_("请写明不利核查结论的采信情况（至少4个字）。"))
    checks.conclude(case, actor=actor, standing=standing, advice=advice, explanation=explanation)
