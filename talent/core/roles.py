"""Every role, in one place: who may do what, in whose organisation.

A role is granted on an **organisation** by an appointment with dates. A case names organisations in
capacities (intake, lead, …); `Role.of` says in which capacity the holder's organisation must stand
to a case for the holder to act in it. Nothing is imported here on purpose.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Capacity(StrEnum):
    """In what capacity an organisation takes part in a case (`CaseParty.capacity`)."""

    RECOMMENDER = "recommender"
    EMPLOYER = "employer"
    SENDING = "sending"
    INTAKE = "intake"
    LEAD = "lead"
    DECIDING = "deciding"
    CHECKING = "checking"
    DISTRICT = "district"
    FINANCE = "finance"
    STEWARD = "steward"
    SUPERVISING = "supervising"


CAPACITY_LABELS = {
    Capacity.RECOMMENDER: "推荐单位",
    Capacity.EMPLOYER: "用人单位",
    Capacity.SENDING: "派出单位",
    Capacity.INTAKE: "受理单位",
    Capacity.LEAD: "牵头部门",
    Capacity.DECIDING: "审定单位",
    Capacity.CHECKING: "核查部门",
    Capacity.DISTRICT: "属地县市区",
    Capacity.FINANCE: "拨付单位",
    Capacity.STEWARD: "服务单位",
    Capacity.SUPERVISING: "督办单位",
}


class Act(StrEnum):
    """What a role may do; the matrix role × act is printed from `Role.acts`."""

    VIEW = "view"
    RECOMMEND = "recommend"
    CONFIRM_PEOPLE = "confirm_people"
    MANAGE_MEMBERS = "manage_members"
    ACCEPT = "accept"
    SUPPLEMENT = "supplement"
    DISPATCH = "dispatch"
    CHECK = "check"
    CONFIRM_FINDING = "confirm_finding"
    READ_FINDINGS = "read_findings"
    SCORE = "score"
    RUN_PANEL = "run_panel"
    RUN_MEETING = "run_meeting"
    DRAFT = "draft"
    DECIDE = "decide"
    PUBLISH = "publish"
    VIEW_FUNDS = "view_funds"
    MANAGE_BUDGET = "manage_budget"
    PREPARE_PAYMENT = "prepare_payment"
    SIGN_PAYMENT = "sign_payment"
    SEND_PAYMENT = "send_payment"
    RECORD_PAYMENT = "record_payment"
    RECHECK = "recheck"
    HOLD_PAYMENT = "hold_payment"
    DECIDE_CHANGE = "decide_change"
    ASSESS_RECOVERY = "assess_recovery"
    DECIDE_RECOVERY = "decide_recovery"
    SERVE = "serve"
    TRANSFER = "transfer"
    STOP = "stop"
    ASK_EXTENSION = "ask_extension"
    APPROVE_EXTENSION = "approve_extension"
    MOVE_EDITION = "move_edition"
    SUPERVISE = "supervise"
    NOTE = "note"
    REVEAL = "reveal"
    CONFIRM_EMPLOYER = "confirm_employer"
    REPAIR_CREDIT = "repair_credit"
    READ_AUDIT = "read_audit"
    EXPORT = "export"
    APPOINT = "appoint"
    MANAGE_SYSTEM = "manage_system"
    LEAD_BOARD = "lead_board"
    KEEP_ATLAS = "keep_atlas"


ACT_LABELS = {
    Act.VIEW: "查看本单位办件",
    Act.RECOMMEND: "推荐人选",
    Act.CONFIRM_PEOPLE: "确认人员",
    Act.MANAGE_MEMBERS: "管理单位成员",
    Act.ACCEPT: "受理",
    Act.SUPPLEMENT: "要求补正",
    Act.DISPATCH: "分办",
    Act.CHECK: "审查",
    Act.CONFIRM_FINDING: "确认核查意见",
    Act.READ_FINDINGS: "查看各部门核查结论",
    Act.SCORE: "评审打分",
    Act.RUN_PANEL: "组织专家评审",
    Act.RUN_MEETING: "组织联席会议",
    Act.DRAFT: "拟定决定",
    Act.DECIDE: "审定",
    Act.PUBLISH: "公示与异议处理",
    Act.VIEW_FUNDS: "查看资金",
    Act.MANAGE_BUDGET: "管理预算",
    Act.PREPARE_PAYMENT: "编制拨付批次",
    Act.SIGN_PAYMENT: "签批拨付",
    Act.SEND_PAYMENT: "送出银行文件",
    Act.RECORD_PAYMENT: "登记回盘与收款",
    Act.RECHECK: "发放前复核",
    Act.HOLD_PAYMENT: "暂停、恢复与停发",
    Act.DECIDE_CHANGE: "审定发放变更",
    Act.ASSESS_RECOVERY: "认定追回",
    Act.DECIDE_RECOVERY: "审定追回与核销",
    Act.SERVE: "人才服务",
    Act.TRANSFER: "转办",
    Act.STOP: "终止办理",
    Act.ASK_EXTENSION: "申请延期",
    Act.APPROVE_EXTENSION: "批准延期",
    Act.MOVE_EDITION: "改按新版本办理",
    Act.SUPERVISE: "督办",
    Act.NOTE: "内部留言",
    Act.REVEAL: "查看完整证件信息",
    Act.CONFIRM_EMPLOYER: "核验单位注册",
    Act.REPAIR_CREDIT: "信用修复",
    Act.READ_AUDIT: "查看审计记录",
    Act.EXPORT: "导出",
    Act.APPOINT: "任免授权",
    Act.MANAGE_SYSTEM: "系统管理",
    Act.LEAD_BOARD: "查看目标看板",
    Act.KEEP_ATLAS: "维护产业链与人才图谱",
}


@dataclass(frozen=True)
class Role:
    """A post somebody can be appointed to.

    codename: permission on the organisation (`core.<codename>`), unique over all models.
    title: Chinese name on every page.
    of: the capacity in which the organisation must take part in a case, or None when the role
        is not bound to cases.
    acts: what the role may do.
    views_cases: holders see the cases their organisation is a party of.
    """

    codename: str
    title: str
    of: Capacity | None
    acts: frozenset[Act] = field(default_factory=frozenset)
    views_cases: bool = True
    mandatory_second_factor: bool = True

    @property
    def permission(self) -> str:
        return f"core.{self.codename}"

    def may(self, act: Act) -> bool:
        return act in self.acts


def _acts(*acts: Act) -> frozenset[Act]:
    return frozenset(acts)


RECOMMENDER = Role(
    "act_as_recommender",
    "推荐人",
    Capacity.RECOMMENDER,
    _acts(Act.VIEW, Act.RECOMMEND),
    mandatory_second_factor=False,
)
HR = Role(
    "act_as_hr",
    "单位人事专员",
    Capacity.EMPLOYER,
    _acts(Act.VIEW, Act.RECOMMEND, Act.CONFIRM_PEOPLE, Act.MANAGE_MEMBERS),
    mandatory_second_factor=False,
)
INTAKE = Role(
    "act_as_intake_officer",
    "受理人员",
    Capacity.INTAKE,
    _acts(
        Act.VIEW,
        Act.ACCEPT,
        Act.SUPPLEMENT,
        Act.DISPATCH,
        Act.PUBLISH,
        Act.DRAFT,
        Act.READ_FINDINGS,
        Act.RECHECK,
        Act.HOLD_PAYMENT,
        Act.ASSESS_RECOVERY,
        Act.TRANSFER,
        Act.STOP,
        Act.ASK_EXTENSION,
        Act.MOVE_EDITION,
        Act.NOTE,
        Act.REVEAL,
        Act.EXPORT,
        Act.KEEP_ATLAS,
    ),
)
CHECKER = Role(
    "act_as_checker",
    "审查人员",
    Capacity.LEAD,
    _acts(
        Act.VIEW,
        Act.CHECK,
        Act.READ_FINDINGS,
        Act.SUPPLEMENT,
        Act.RECHECK,
        Act.HOLD_PAYMENT,
        Act.ASSESS_RECOVERY,
        Act.TRANSFER,
        Act.ASK_EXTENSION,
        Act.NOTE,
        Act.REVEAL,
        Act.EXPORT,
        Act.KEEP_ATLAS,
    ),
)
BUREAU_HEAD = Role(
    "act_as_bureau_head",
    "部门负责人",
    Capacity.LEAD,
    _acts(
        Act.VIEW,
        Act.CONFIRM_FINDING,
        Act.READ_FINDINGS,
        Act.TRANSFER,
        Act.STOP,
        Act.APPROVE_EXTENSION,
        Act.SUPERVISE,
        Act.NOTE,
        Act.CONFIRM_EMPLOYER,
        Act.REPAIR_CREDIT,
        Act.VIEW_FUNDS,
        Act.SIGN_PAYMENT,
        Act.DECIDE_CHANGE,
        Act.DECIDE_RECOVERY,
        Act.KEEP_ATLAS,
    ),
)
EXPERT = Role("act_as_expert", "评审专家", Capacity.CHECKING, _acts(Act.SCORE), views_cases=False)
PANEL_SECRETARY = Role(
    "act_as_panel_secretary",
    "评审秘书",
    Capacity.LEAD,
    _acts(Act.VIEW, Act.RUN_PANEL, Act.NOTE),
)
MEETING_SECRETARY = Role(
    "act_as_meeting_secretary",
    "会议秘书",
    Capacity.INTAKE,
    _acts(Act.VIEW, Act.RUN_MEETING, Act.READ_FINDINGS, Act.NOTE),
)
DECIDER = Role(
    "act_as_decider",
    "审定人",
    Capacity.DECIDING,
    _acts(
        Act.VIEW,
        Act.DECIDE,
        Act.READ_FINDINGS,
        Act.APPROVE_EXTENSION,
        Act.SUPERVISE,
        Act.NOTE,
        Act.LEAD_BOARD,
        Act.VIEW_FUNDS,
        Act.DECIDE_CHANGE,
        Act.DECIDE_RECOVERY,
    ),
)
FINANCE = Role(
    "act_as_finance_officer",
    "资金拨付人员",
    Capacity.FINANCE,
    _acts(
        Act.VIEW,
        Act.VIEW_FUNDS,
        Act.MANAGE_BUDGET,
        Act.PREPARE_PAYMENT,
        Act.SIGN_PAYMENT,
        Act.SEND_PAYMENT,
        Act.RECORD_PAYMENT,
        Act.NOTE,
        Act.EXPORT,
    ),
)
STEWARD = Role("act_as_service_steward", "服务专员", Capacity.STEWARD, _acts(Act.VIEW, Act.SERVE, Act.NOTE))
SUPERVISOR = Role(
    "act_as_supervisor",
    "督办人员",
    Capacity.SUPERVISING,
    _acts(Act.VIEW, Act.SUPERVISE, Act.NOTE, Act.LEAD_BOARD, Act.VIEW_FUNDS),
)
REGISTRAR = Role(
    "act_as_registrar",
    "单位核验人员",
    None,
    _acts(Act.CONFIRM_EMPLOYER),
    views_cases=False,
)
AUDITOR = Role(
    "act_as_auditor",
    "审计人员",
    Capacity.SUPERVISING,
    _acts(Act.VIEW, Act.VIEW_FUNDS, Act.READ_AUDIT, Act.EXPORT),
)
SYSTEM_ADMIN = Role("act_as_system_admin", "系统管理员", None, _acts(Act.MANAGE_SYSTEM), views_cases=False)
SECURITY_ADMIN = Role("act_as_security_admin", "安全管理员", None, _acts(Act.APPOINT), views_cases=False)
AUDIT_ADMIN = Role(
    "act_as_audit_admin", "审计管理员", None, _acts(Act.READ_AUDIT, Act.EXPORT), views_cases=False
)

ROLES: tuple[Role, ...] = (
    RECOMMENDER,
    HR,
    INTAKE,
    CHECKER,
    BUREAU_HEAD,
    EXPERT,
    PANEL_SECRETARY,
    MEETING_SECRETARY,
    DECIDER,
    FINANCE,
    STEWARD,
    SUPERVISOR,
    REGISTRAR,
    AUDITOR,
    SYSTEM_ADMIN,
    SECURITY_ADMIN,
    AUDIT_ADMIN,
)
BY_CODENAME: dict[str, Role] = {role.codename: role for role in ROLES}
VIEWING: tuple[Role, ...] = tuple(role for role in ROLES if role.views_cases)
OFFICERS: tuple[Role, ...] = tuple(role for role in ROLES if role not in (RECOMMENDER, HR, EXPERT))

# 三员分立 (GB/T 22239-2019 8.1.5): one person never holds two of the three administrator posts, and
# whoever administers or audits decides no case. 审计人员 reads and decides nothing.
_ADMINS = (SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN)
_DECIDING = (
    INTAKE,
    CHECKER,
    BUREAU_HEAD,
    DECIDER,
    FINANCE,
    PANEL_SECRETARY,
    MEETING_SECRETARY,
    EXPERT,
    REGISTRAR,
)
INCOMPATIBLE: frozenset[frozenset[str]] = frozenset(
    {frozenset({a.codename, b.codename}) for a in _ADMINS for b in _ADMINS if a is not b}
    | {frozenset({a.codename, b.codename}) for a in (*_ADMINS, AUDITOR) for b in _DECIDING}
    | {frozenset({HR.codename, b.codename}) for b in _DECIDING if b is not EXPERT}
    | {frozenset({RECOMMENDER.codename, DECIDER.codename})}
    | {frozenset({FINANCE.codename, DECIDER.codename})}
)


def incompatible(first: Role, second: Role) -> bool:
    """Whether one person may not hold both posts at the same time, in any organisation."""
    return frozenset({first.codename, second.codename}) in INCOMPATIBLE


def matrix() -> list[tuple[Role, list[bool]]]:
    """The table role × act, rows in the order of `ROLES`, columns in the order of `Act`."""
    return [(role, [role.may(act) for act in Act]) for role in ROLES]
