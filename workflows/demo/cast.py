"""Who appears: accounts of every role, employers, people."""

import random
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from talent.core import identifiers, roles
from talent.core.models import (
    Education,
    Employment,
    IndustryChain,
    Organisation,
    Region,
    TalentProfile,
    TalentTitle,
    User,
)
from talent.core.services import appointments

PASSWORD = "Jining-demo-2026"  # noqa: S105 the demo's own, shown on the login page of the demo only

# Everybody has been in office longer than the oldest case.
IN_OFFICE = timedelta(days=1200)
# (username, role as people say it, organisation)
ACCOUNTS: tuple[tuple[str, str, str], ...] = (
    ("rencai", "申请人（顶尖人才）", "本人"),
    ("rencai2", "申请人（已认定）", "本人"),
    ("danwei", "单位人事专员", "示例用人单位一"),
    ("tuijian", "推荐人", "任城区委组织部"),
    ("shouli", "受理人员", "市委组织部"),
    ("shouli2", "受理人员", "市委组织部"),
    ("keji", "审查人员", "市科技局"),
    ("gongxin", "审查人员", "市工信局"),
    ("kejizhang", "部门负责人", "市科技局"),
    ("zuzhizhang", "部门负责人", "市委组织部"),
    ("shending", "审定人", "市委组织部"),
    ("gongxinzhang", "部门负责人", "市工信局"),
    ("renshe", "审查人员", "市人社局"),
    ("renshezhang", "部门负责人", "市人社局"),
    ("fagai", "审查人员", "市发改委"),
    ("fagaizhang", "部门负责人", "市发改委"),
    ("caizhengke", "审查人员", "市财政局"),
    ("caizhengzhang", "部门负责人", "市财政局"),
    ("gongan", "审查人员", "市公安局"),
    ("gonganzhang", "部门负责人", "市公安局"),
    ("jiaoyu", "审查人员", "市教育局"),
    ("weijian", "审查人员", "市卫健委"),
    ("zhujian", "审查人员", "市住建局"),
    ("shenpi", "审查人员", "市行政审批局"),
    ("jinrong", "审查人员", "市金融办"),
    ("caizheng", "资金拨付人员", "市财政局"),
    ("caizheng2", "资金拨付人员（签批）", "市财政局"),
    ("anju", "申请人（人才安居）", "本人"),
    ("zuke", "人才公寓租户", "本人"),
    ("rcshouli", "县市区受理人员", "任城区人社局"),
    ("rcshenhe", "县市区审核人员", "任城区人社局"),
    ("zcshouli", "县市区受理人员", "邹城市人社局"),
    ("zcshenhe", "县市区审核人员", "邹城市人社局"),
    ("shishouli", "受理人员（市属单位）", "市人社局"),
    ("renshe2", "审查人员（复核）", "市人社局"),
    ("anjushending", "审定人（人才安居）", "市人社局"),
    ("zhujianzhang", "部门负责人", "市住建局"),
    ("ziran", "核查人员", "市自然资源局"),
    ("ziranzhang", "部门负责人", "市自然资源局"),
    ("shuiwu", "核查人员", "市税务局"),
    ("shuiwuzhang", "部门负责人", "市税务局"),
    ("minzheng", "核查人员", "市民政局"),
    ("minzhengzhang", "部门负责人", "市民政局"),
    ("rccaiwu", "资金拨付人员", "任城区财政局"),
    ("rccaiwu2", "资金拨付人员（签批）", "任城区财政局"),
    ("rccaizhang", "部门负责人", "任城区财政局"),
    ("zccaiwu", "资金拨付人员", "邹城市财政局"),
    ("zccaiwu2", "资金拨付人员（签批）", "邹城市财政局"),
    ("zccaizhang", "部门负责人", "邹城市财政局"),
    ("zhuanyuan", "服务专员", "市委组织部"),
    ("pingshen", "评审秘书", "市科技局"),
    ("pingshen2", "评审秘书", "市工信局"),
    ("huiyi", "会议秘书", "市委组织部"),
    ("zhuanjia", "评审专家", "市科技局"),
    ("duban", "督办人员", "市委组织部"),
    ("heyan", "单位核验人员", "任城区人社局"),
    ("shenji", "审计人员", "市委组织部"),
    ("xitong", "系统管理员", "市大数据局"),
    ("anquan", "安全管理员", "市大数据局"),
    ("shenjiguanli", "审计管理员", "市大数据局"),
)
_POSTS = {
    "shouli": (roles.INTAKE, "zzb"),
    "shouli2": (roles.INTAKE, "zzb"),
    "keji": (roles.CHECKER, "kjj"),
    "gongxin": (roles.CHECKER, "gxj"),
    "kejizhang": (roles.BUREAU_HEAD, "kjj"),
    "zuzhizhang": (roles.BUREAU_HEAD, "zzb"),
    "shending": (roles.DECIDER, "zzb"),
    "gongxinzhang": (roles.BUREAU_HEAD, "gxj"),
    "renshe": (roles.CHECKER, "rsj"),
    "renshezhang": (roles.BUREAU_HEAD, "rsj"),
    "fagai": (roles.CHECKER, "fgw"),
    "fagaizhang": (roles.BUREAU_HEAD, "fgw"),
    "caizhengke": (roles.CHECKER, "czj"),
    "caizhengzhang": (roles.BUREAU_HEAD, "czj"),
    "gongan": (roles.CHECKER, "gaj"),
    "gonganzhang": (roles.BUREAU_HEAD, "gaj"),
    "jiaoyu": (roles.CHECKER, "jyj"),
    "weijian": (roles.CHECKER, "wjw"),
    "zhujian": (roles.CHECKER, "zjj"),
    "shenpi": (roles.CHECKER, "spj"),
    "jinrong": (roles.CHECKER, "jrb"),
    "caizheng": (roles.FINANCE, "czj"),
    "caizheng2": (roles.FINANCE, "czj"),
    "shishouli": (roles.INTAKE, "rsj"),
    "renshe2": (roles.CHECKER, "rsj"),
    "anjushending": (roles.DECIDER, "rsj"),
    "zhujianzhang": (roles.BUREAU_HEAD, "zjj"),
    "ziran": (roles.CHECKER, "zrzy"),
    "ziranzhang": (roles.BUREAU_HEAD, "zrzy"),
    "shuiwu": (roles.CHECKER, "swj"),
    "shuiwuzhang": (roles.BUREAU_HEAD, "swj"),
    "minzheng": (roles.CHECKER, "mzj"),
    "minzhengzhang": (roles.BUREAU_HEAD, "mzj"),
    **{
        f"{county}{post}": (role, f"{code}-{bureau}")
        for county, code in (("rc", "370811"), ("zc", "370883"))
        for post, role, bureau in (
            ("shouli", roles.INTAKE, "rsj"),
            ("shenhe", roles.CHECKER, "rsj"),
            ("caiwu", roles.FINANCE, "czj"),
            ("caiwu2", roles.FINANCE, "czj"),
            ("caizhang", roles.BUREAU_HEAD, "czj"),
        )
    },
    "zhuanyuan": (roles.STEWARD, "zzb"),
    "pingshen": (roles.PANEL_SECRETARY, "kjj"),
    "pingshen2": (roles.PANEL_SECRETARY, "gxj"),
    "huiyi": (roles.MEETING_SECRETARY, "zzb"),
    "zhuanjia": (roles.EXPERT, "kjj"),
    "duban": (roles.SUPERVISOR, "zzb"),
    "heyan": (roles.REGISTRAR, "370811-rsj"),
    "shenji": (roles.AUDITOR, "zzb"),
    "xitong": (roles.SYSTEM_ADMIN, "dsj"),
    "anquan": (roles.SECURITY_ADMIN, "dsj"),
    "shenjiguanli": (roles.AUDIT_ADMIN, "dsj"),
    "tuijian": (roles.RECOMMENDER, "370811-zzb"),
}
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎"
GIVEN = [
    "示例",
    "样例",
    "演示",
    "虚拟",
    "假名",
    "例文",
    "例武",
    "样本",
    "试行",
    "试用",
    "例华",
    "样明",
    "例清",
    "演文",
    "样宁",
    "例安",
    "试远",
    "例和",
    "样平",
    "演新",
    "例玥",
    "样喆",
    "例堃",
    "样翀",
    "例昇",
]
TRADES = [
    "工程机械",
    "智能农机",
    "新能源电池",
    "矿山装备",
    "工业母机",
    "生物医药",
    "石墨烯材料",
    "机器人",
    "集成电路",
    "绿色化工",
    "低空装备",
    "纺织新材料",
]
SCHOOLS = ["示例理工大学", "示例科技大学", "样例工业大学", "演示大学", "示例医科大学"]


def accounts() -> dict[str, User]:
    """One account per role, appointed by the system; the county recommenders too."""
    password = make_password(PASSWORD)
    users = {}
    for username, role, _organisation in ACCOUNTS:
        users[username] = User.objects.create(
            username=username,
            name=f"演示{role.partition('（')[0]}{username[-1] if username[-1].isdigit() else ''}",
            password=password,
        )
        post = _POSTS.get(username)
        if post:
            appointments.appoint(
                users[username], post[0], Organisation.objects.get(code=post[1]), actor=None, reason="演示数据",
                starts_on=timezone.localdate() - IN_OFFICE, system=True,
            )  # fmt: skip
    return users


def employers(chance: random.Random) -> list[Organisation]:
    """Employers over all regions; the first is the demo account's own, two wait for confirmation."""
    regions = list(Region.objects.exclude(kind="city").order_by("order", "code"))
    chains = list(IndustryChain.objects.order_by("code"))
    made = []
    for serial in range(1, 49):
        trade = TRADES[serial % len(TRADES)]
        made.append(
            Organisation.objects.create(
                code=identifiers.make_credit_code(serial),
                name="示例用人单位一（济宁）智能装备有限公司"
                if serial == 1
                else f"示例{trade}第{serial}有限公司",
                short_name="示例用人单位一" if serial == 1 else "",
                kind=Organisation.Kind.EMPLOYER if serial % 8 else Organisation.Kind.INSTITUTE,
                region=regions[(serial - 1) % len(regions)],
                chain=chains[serial % len(chains)],
                status=Organisation.Status.PENDING if serial in (47, 48) else Organisation.Status.CONFIRMED,
                contact_name="演示联系人",
                contact_phone="0537-0000000",
            )
        )
    for serial, school in enumerate(SCHOOLS, start=1):
        made.append(
            Organisation.objects.create(
                code=identifiers.make_credit_code(900 + serial, kind="12"),
                name=school,
                kind=Organisation.Kind.UNIVERSITY,
                region=regions[serial % len(regions)],
                contact_name="演示联系人",
            )
        )
    return made


def name_of(serial: int) -> str:
    """A name nobody bears, the same for the same serial."""
    return SURNAMES[serial % len(SURNAMES)] + GIVEN[(serial * 7) % len(GIVEN)]


def people(chance: random.Random, *, number: int) -> list[TalentProfile]:
    """Fictional people with education, titles and posts; each with an account of the same password hash."""
    password = make_password(PASSWORD)
    made = []
    for serial in range(number):
        name = name_of(serial)
        born = date(1960 + chance.randrange(32), 1 + chance.randrange(12), 1 + chance.randrange(28))
        person = TalentProfile.objects.create(
            name=name,
            gender=chance.choice(("male", "female")),
            birth_date=born,
            id_number=identifiers.make_resident_id(born, serial + 1),
            mobile=f"199{serial:08d}",
            research_field=TRADES[serial % len(TRADES)],
            highest_degree="博士",
        )
        Education.objects.create(
            profile=person, level="doctor", school=SCHOOLS[serial % len(SCHOOLS)], major=person.research_field,
            graduated_on=date(born.year + 28, 6, 30),
        )  # fmt: skip
        Employment.objects.create(
            profile=person, employer_name=SCHOOLS[(serial + 1) % len(SCHOOLS)], position="教授",
            started_on=date(born.year + 28, 9, 1),
        )  # fmt: skip
        TalentTitle.objects.create(profile=person, name="正高级职称", issued_by="示例评审委员会")
        if serial:
            person.user = User.objects.create(username=f"rencai{serial:03d}", name=name, password=password)
            person.save(update_fields=["user"])
        made.append(person)
    return made
