"""What follows a recognition for years (G11 to G14): each story ends somewhere else, so that every list has something."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import cycle
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from talent.core import identifiers
from talent.core.models import BudgetLine, Organisation, User
from talent.core.services import calendar, funds, policy
from talent.green_channel.models import Agreement, Evaluation, GreenChannelCase, Milestone, ServiceOrder
from talent.green_channel.services import agreements, evaluating, milestones, orders, rating

if TYPE_CHECKING:
    from .stage import Stage

# Bureau → the account that does its services.
SERVING = {
    "zzb": "shouli", "kjj": "keji", "gxj": "gongxin", "rsj": "renshe", "gaj": "gongan", "czj": "caizhengke",
    "jyj": "jiaoyu", "wjw": "weijian", "zjj": "zhujian", "spj": "shenpi", "jrb": "jinrong",
}  # fmt: skip
# What is asked for in turn: every domain, several bureaus of each.
SERVICES = (
    ("settling", "档案、社会保险转接"), ("living", "人才公寓或购房、租房补贴"), ("career", "职称评审绿色通道"),
    ("venture", "企业登记帮办"), ("care", "健康体检和休假疗养"), ("settling", "本人及家属落户"),
    ("living", "医疗保健和就医预约"), ("career", "科研项目和平台申报辅导"), ("venture", "人才贷款、担保和股权投资对接"),
    ("care", "市级领导联系和走访"), ("living", "配偶就业推荐"), ("venture", "场地和产业配套对接"),
)  # fmt: skip
# How an order ends, in turn: `open`, `late` and `claimed` do not; `bad` and `worst` open a follow-up, answered or not.
ENDINGS = ("good", "late", "fair", "bad", "open", "impossible", "very_good", "claimed", "worst", "withdrawn")
# How those end that the dossier asked for.
ANSWERED = ("good", "very_good", "good", "fair", "impossible", "good", "bad", "very_good")
GRADES = {"very_good": 5, "good": 4, "fair": 3, "bad": 2, "worst": 1}
# Asked for how many days ago: what is still open, and the mark that nobody has answered yet.
RECENT = {"open": 2, "claimed": 3, "late": 36, "worst": 12}
_BUDGET = Decimal(20_000_000)
_AIMS = (("中试线建成", 180, 500_000, "验收报告"), ("量产", 540, 1_500_000, "销售合同"), ("团队到岗", 90, 0, "劳动合同"))  # fmt: skip
_TERM = 5


class Aftercare:
    """The acts after a recognition; each story below is one of them played to a certain point."""

    def __init__(self, stage: "Stage") -> None:
        self.stage, self.users = stage, stage.users
        self.services, self.endings, self.answered = cycle(SERVICES), cycle(ENDINGS), cycle(ANSWERED)
        self.cards = iter(range(1, 1000))

    def play(self, story: str, case: GreenChannelCase) -> None:
        """Live on after the recognition of `case` as the story says."""
        case = GreenChannelCase.objects.select_related(
            "applicant__user", "lead_organisation", "employer"
        ).get(pk=case.pk)
        for made in case.service_orders.all():
            self.bring(made, next(self.answered))
        STORIES[story](self, case)
        for _time in range(2):
            self.serve(case)

    # --- who
    def officer(self, case: GreenChannelCase) -> User:
        return self.users[self.stage.lead(case)]

    def head(self, case: GreenChannelCase) -> User:
        return self.users["kejizhang" if case.lead_organisation.code == "kjj" else "gongxinzhang"]

    def hr(self, case: GreenChannelCase) -> User:
        return self.stage.staff(case.employer)

    def paper(self, name: str) -> SimpleUploadedFile:
        return SimpleUploadedFile(f"{name}.pdf", self.stage.pdf, content_type="application/pdf")

    # --- services (G12)
    def serve(self, case: GreenChannelCase) -> ServiceOrder:
        """One more service, by the talent or the steward, brought to the next ending; what is open is of late."""
        (domain, item), ending = next(self.services), next(self.endings)
        if ending in RECENT:
            self.stage.at(timezone.localdate(self.stage.real_now) - timedelta(days=RECENT[ending]))
        row = policy.figures(case.edition).need(domain, item)
        actor = case.applicant.user if row.family else self.users["zhuanyuan"]
        made = orders.order(
            case, actor=actor, domain=domain, item=item, family=row.family, consent=row.family,
            detail="示例：随迁家属信息。" if row.family else "示例：请尽快联系本人。",
        )  # fmt: skip
        return self.bring(made, ending)

    def bring(self, made: ServiceOrder, ending: str) -> ServiceOrder:
        """Let an order come to its end: done and rated, impossible, withdrawn, or still with its bureau."""
        talent, officer = made.case.applicant.user, self.users[SERVING[made.owner.code]]
        if ending == "withdrawn":
            return orders.withdraw(made, actor=talent)
        if ending in ("open", "late"):
            return made
        made = orders.claim(made, actor=officer)
        if ending == "claimed":
            return made
        self.stage.later(1)
        if ending == "impossible":
            made = orders.cannot(
                made, actor=officer, reason="示例：当前名额已满。", clause="示例：责任单位事项管理办法",
                instead="可先登记，有名额时优先安排。",
            )  # fmt: skip
            return rating.rate(made, actor=talent, grade=ServiceOrder.Grade.FAIR)
        made = orders.finish(
            made, actor=officer, result="示例：已办结并告知本人。", evidence=self.paper("办结凭证")
        )
        grade = GRADES[ending]
        note = "示例：等待时间过长。" if grade in ServiceOrder.POOR else ""
        made = rating.rate(made, actor=talent, grade=grade, note=note)
        if ending == "bad":
            self.stage.later(2)
            rating.answer_follow_up(
                made.follow_up,
                actor=self.users["zuzhizhang"],
                answer="示例：已电话回访致歉，并优化了办理流程。",
            )
        return made

    # --- agreement (G11)
    def draft(self, case: GreenChannelCase, *, reason: str = "", years: int = _TERM) -> Agreement:
        terms, today = policy.figures(case.edition).agreement, calendar.today()
        return agreements.draft_agreement(
            case, actor=self.officer(case), starts_on=today, ends_on=today + timedelta(days=365 * years),
            service_years=years, duties=terms.duties, ip=terms.ip, recovery=terms.recovery, reason=reason,
            aims=[
                agreements.Aim(title, today + timedelta(days=min(days, 360 * years)), Decimal(amount), evidence)
                for title, days, amount, evidence in _AIMS
            ],
        )  # fmt: skip

    def send_out(self, case: GreenChannelCase, **terms) -> Agreement:
        made = self.draft(case, **terms)
        self.stage.later(1)
        return agreements.open_signing(made, actor=self.head(case))

    def sign(self, made: Agreement, *sides: str) -> Agreement:
        case = made.case
        who = {"talent": case.applicant.user, "employer": self.hr(case), "government": self.officer(case)}
        for side in sides or tuple(who):
            agreements.file_copy(made, side, self.paper("签署件"), actor=who[side])
        made.refresh_from_db()
        return made

    def in_force(self, case: GreenChannelCase, **terms) -> Agreement:
        made = self.sign(self.send_out(case, **terms))
        self.stage.later(5)
        return made

    # --- money (G13)
    def claimed(self, case: GreenChannelCase):
        """The first milestone, claimed by the employer once the talent has said where to pay."""
        milestone = self.in_force(case).milestones.get(place=1)
        if milestones.needs_account(case):
            milestones.set_account(
                case, actor=case.applicant.user, bank="示例银行济宁分行",
                account=identifiers.make_bank_card(next(self.cards)), consent=True,
            )  # fmt: skip
        milestone = Milestone.objects.select_related("agreement__case__applicant").get(pk=milestone.pk)
        return milestones.claim(
            milestone,
            actor=self.hr(case),
            note="示例：中试线已建成并通过验收。",
            evidence=self.paper("验收报告"),
        )

    def checked(self, case: GreenChannelCase, *, passed: bool) -> None:
        made = self.claimed(case)
        self.stage.later(2)
        if passed:
            self.budget(case)
        milestones.check(
            made, actor=self.officer(case), passed=passed,
            opinion="示例：验收报告属实，同意拨付。" if passed else "示例：验收报告缺少附件，请补充后再申领。",
        )  # fmt: skip

    def budget(self, case: GreenChannelCase) -> None:
        """Money of this year for the county of the case, if finance has not put it there yet."""
        terms, year, actor = (
            policy.figures(case.edition).agreement,
            calendar.today().year,
            self.users["caizheng"],
        )
        known = BudgetLine.objects.filter(
            year=year, source=terms.fund_source, share=terms.fund_share, region=case.region
        )
        if not known.exists():
            line = funds.open_line(
                year, terms.fund_source, case.region, terms.fund_share, actor=actor,
                organisation=Organisation.objects.get(code="czj"),
            )  # fmt: skip
            funds.allocate(line, _BUDGET, actor=actor, reason="示例：年初预算")

    # --- evaluation (G14)
    def opened(self, case: GreenChannelCase, *, kind: str = "yearly") -> Evaluation:
        self.in_force(case)
        self.stage.later(60)
        return evaluating.open_evaluation(case, kind, 1, actor=self.officer(case))

    def reported(self, case: GreenChannelCase) -> Evaluation:
        made = self.opened(case)
        self.stage.later(4)
        return evaluating.report(
            made, actor=self.hr(case), text="示例报告：项目按计划推进，资金专款专用，主要目标已完成。",
            file=self.paper("绩效评估报告"),
        )  # fmt: skip

    def proposed(self, case: GreenChannelCase, result: str) -> Evaluation:
        made, extra = self.reported(case), {}
        self.stage.later(2)
        if result == "excused":
            extra = {
                "ground": self.stage.chance.choice(("route", "market", "unforeseen")),
                "facts": "示例：关键指标未达到协议约定的目标值。",
                "diligence": "示例：实验记录完整，按期报告进展，资金使用合规。",
                "panel": evaluating.Panel(calendar.today(), 5, 4),
            }
        return evaluating.propose(
            made,
            actor=self.officer(case),
            result=result,
            opinion="示例：综合单位报告和现场核查情况提出。",
            **extra,
        )

    def concluded(self, case: GreenChannelCase, result: str) -> None:
        made = self.proposed(case, result)
        self.stage.later(1)
        evaluating.conclude(made, actor=self.head(case), agreed=True)

    # --- stories of several acts
    def returned(self, case: GreenChannelCase) -> None:
        made = self.draft(case)
        self.stage.later(1)
        agreements.send_back(made, actor=self.head(case), reason="示例：请明确节点凭证要求。")
        self.draft(case, reason="示例：按审核意见修改")

    def declined(self, case: GreenChannelCase) -> None:
        made = self.sign(self.send_out(case), "talent")
        agreements.decline(made, "employer", actor=self.hr(case), reason="示例：配套资金条款需再协商。")

    def lapsed(self, case: GreenChannelCase) -> None:
        made = self.sign(self.send_out(case), "employer")
        self.stage.later(22)
        agreements.lapse_signing(made)

    def amended(self, case: GreenChannelCase, *sides: str) -> None:
        self.in_force(case)
        self.sign(self.send_out(case, reason="示例：追加量产目标"), *sides)


# Each story by its name: what is played after the recognition, services apart.
STORIES: dict[str, Callable[[Aftercare, GreenChannelCase], object]] = {
    "services": lambda after, case: None,
    "drafted": Aftercare.draft,
    "returned": Aftercare.returned,
    "to_sign": Aftercare.send_out,
    "signed_by_one": lambda after, case: after.sign(after.send_out(case), "employer"),
    "signed_by_two": lambda after, case: after.sign(after.send_out(case), "talent", "government"),
    "declined": Aftercare.declined,
    "lapsed": Aftercare.lapsed,
    "in_force": Aftercare.in_force,
    "ending": lambda after, case: after.in_force(case, years=1),
    "amending": lambda after, case: after.amended(case, "talent"),
    "amended": Aftercare.amended,
    "claimed": Aftercare.claimed,
    "claim_refused": lambda after, case: after.checked(case, passed=False),
    "paid": lambda after, case: after.checked(case, passed=True),
    "evaluation": Aftercare.opened,
    "final": lambda after, case: after.opened(case, kind="final"),
    "reported": Aftercare.reported,
    "proposed": lambda after, case: after.proposed(case, "go_on"),
    "go_on": lambda after, case: after.concluded(case, "go_on"),
    "adjust": lambda after, case: after.concluded(case, "adjust"),
    "stop": lambda after, case: after.concluded(case, "stop"),
    "recover": lambda after, case: after.concluded(case, "recover"),
    "excused": lambda after, case: after.concluded(case, "excused"),
}
