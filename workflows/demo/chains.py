"""What the chains have, and 300 fictional leads: nobody of them exists."""

import random
from datetime import timedelta

from django.utils import timezone

from talent.core.models import IndustryChain, Region, User
from talent.core.services import atlas

SEED = 20250727
# For each chain in turn: platforms, academicians, teams, projects. Some lack something.
HAVE = ((1, 1, 2, 1), (2, 0, 3, 2), (0, 0, 1, 0), (1, 1, 4, 3), (1, 0, 1, 1), (0, 1, 2, 0), (1, 0, 2, 2))
KINDS = ("platform", "academician", "team", "project")
WORDS = {
    "platform": "示例创新中心",
    "academician": "示例院士工作站",
    "team": "示例团队",
    "project": "示例攻关项目",
}
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
GIVEN = ("示例", "演示", "样本", "虚构", "假名")
PLACES = ("北京市", "上海市", "西安市", "武汉市", "合肥市", "南京市", "沈阳市", "哈尔滨市")
OFFICES = ("示例大学", "示例理工大学", "示例研究院", "示例国家实验室", "示例科技有限公司")
POSTS = ("教授", "研究员", "首席科学家", "总工程师")


def build(actor: User, *, leads: int = 300) -> int:
    """Chain records, and `leads` leads with results and contacts, recorded by `actor`. Returns how many leads."""
    chance = random.Random(SEED)  # noqa: S311 a fixed seed makes the same demo everywhere
    chains = list(IndustryChain.objects.filter(active=True).order_by("code"))
    for place, chain in enumerate(chains):
        for kind, number in zip(KINDS, HAVE[place % len(HAVE)], strict=True):
            for serial in range(1, number + 1):
                atlas.record(
                    chain, actor=actor, kind=kind, name=f"{chain.name}{WORDS[kind]}{serial}", grade="省级",
                    organisation="示例单位", source="演示数据",
                )  # fmt: skip
    regions = list(Region.objects.exclude(kind=Region.Kind.CITY))
    today = timezone.localdate()
    for serial in range(leads):
        chain = chains[serial % len(chains)]
        made = atlas.record_lead(
            actor=actor, chain=chain, name=f"{SURNAMES[serial % len(SURNAMES)]}{chance.choice(GIVEN)}",
            organisation=f"{PLACES[serial % len(PLACES)][:-1]}{chance.choice(OFFICES)}{serial + 1}",
            position=chance.choice(POSTS), place=PLACES[serial % len(PLACES)], field=f"{chain.name}关键技术",
            level_code=chance.choice("AABBBC"), region=regions[serial % len(regions)] if serial % 3 == 0 else None,
            mobile=f"1990000{serial:04d}", project_title=f"{chain.name}关键技术产业化",
            project_summary="示例项目：突破关键技术，建设中试线。", why_direct="示例理由：填补本市产业空白。",
            source="演示数据，均为虚构",
        )  # fmt: skip
        atlas.add_achievement(
            made, actor=actor, kind=chance.choice(("patent", "paper", "award")), title=f"{chain.name}示例成果{serial + 1}",
            year=today.year - chance.randrange(1, 6), source="演示数据",
        )  # fmt: skip
        if serial % 4 == 0:
            atlas.add_contact(
                made, actor=actor, on=today - timedelta(days=chance.randrange(1, 200)), channel="电话",
                content="示例：介绍了直通车政策，对方有意向，待进一步沟通。",
            )  # fmt: skip
    return leads
