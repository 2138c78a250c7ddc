"""What stands around every page: menu, sidebar with capped counts, theme, the city's name."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from housing.services import flats
from talent.core import roles
from talent.core.services import messages

from .desk import worklist
from .desk.access import held_posts

# Pages beside the cases: label, icon, URL name, and the act one of the reader's posts must be able to do.
_MANAGEMENT = (
    (gettext_lazy("服务事项"), "concierge-bell", "orders", roles.Act.NOTE),
    (gettext_lazy("服务对象"), "heart-handshake", "people", roles.Act.SERVE),
    (gettext_lazy("认定人才名单"), "award", "recognised", None),
    (gettext_lazy("校聘企用"), "handshake", "placements", None),
    (gettext_lazy("核查交换清单"), "file-spreadsheet", "exchanges", roles.Act.READ_FINDINGS),
    (gettext_lazy("专家评审"), "clipboard-check", "panels", roles.Act.RUN_PANEL),
    (gettext_lazy("专家库"), "users-round", "experts", roles.Act.RUN_PANEL),
    (gettext_lazy("联席会议"), "presentation", "meetings", None),
    (gettext_lazy("公示与异议"), "megaphone", "publicity", roles.Act.PUBLISH),
    (gettext_lazy("资金"), "wallet", "funds:due", roles.Act.VIEW_FUNDS),
    (gettext_lazy("单位核验"), "badge-check", "organisations", roles.Act.CONFIRM_EMPLOYER),
    (gettext_lazy("督办"), "bell-ring", "supervise", roles.Act.SUPERVISE),
    (gettext_lazy("失信与修复"), "shield-alert", "credit", roles.Act.REPAIR_CREDIT),
    (gettext_lazy("县市区统计"), "chart-column", "counties", roles.Act.NOTE),
    (gettext_lazy("代理设置"), "user-cog", "deputies", None),
    (gettext_lazy("任职授权"), "key-round", "appointments", roles.Act.APPOINT),
    (gettext_lazy("动态口令重置"), "smartphone", "second_factors", roles.Act.APPOINT),
    (gettext_lazy("审计记录"), "scroll-text", "audit", roles.Act.READ_AUDIT),
    (gettext_lazy("岗位权限表"), "table", "matrix", None),
)


def page(request: HttpRequest) -> dict:
    """Context of every template; a visitor costs no query."""
    user = request.user
    context = {
        "site": {
            "city": settings.SITE["city"],
            "name": settings.SITE["name"],
            "organ": settings.SITE["organ"],
            "hotline": settings.SITE["hotline"],
            "source_url": settings.SITE["source"],
            "demo": settings.DEMO,
        },
        "menu": [],
        "sidebar": [],
        "user_theme": "blue",
        "user_font": "normal",
        "user_density": "compact",
    }
    if not user.is_authenticated:
        context["menu"] = _menu(request, ())
        return context
    held = held_posts(request)
    codes = {post.role.codename for post in held}
    context |= {
        "menu": _menu(request, codes),
        "user_theme": user.theme,
        "user_font": user.font,
        "user_density": "compact" if user.compact else "cozy",
    }
    if request.path.startswith("/desk/") and worklist.is_officer(held):
        context["sidebar"] = _desk_sidebar(request, held)
    return context


def _menu(request: HttpRequest, codes) -> list[dict]:
    entries = [(_("首页"), reverse("home"), True), (_("办事大厅"), reverse("hall"), True)]
    if request.user.is_authenticated:
        entries += [
            (_("我的办件"), reverse("my:home"), bool(worklist.counts(request)["profile"])),
            (
                _("单位工作台"),
                reverse("unit:home"),
                bool(codes & {roles.HR.codename, roles.RECOMMENDER.codename}),
            ),
            (_("评审任务"), reverse("expert:home"), roles.EXPERT.codename in codes),
            (_("工作台"), reverse("desk:home"), worklist.is_officer(held_posts(request))),
            *_leading(request),
            (_("消息"), reverse("my:messages"), True),
        ]
    entries.append((_("公示"), reverse("publicity_list"), True))
    menu = []
    for label, url, wanted in entries:
        if wanted:
            current = request.path == url if url == "/" else request.path.startswith(url)
            entry = {"label": label, "url": url, "current": current, "icon": "", "count": 0}
            if url.endswith("/messages/"):
                entry["count"] = min(worklist.counts(request)["unread"], messages.BADGE_LIMIT)
            menu.append(entry)
    return menu


def _leading(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """The leaders' pages: the board for leaders, else the chains or the atlas for who keeps or uses them."""
    held = held_posts(request)
    leads, keeps = (
        any(post.role.may(act) for post in held) for act in (roles.Act.LEAD_BOARD, roles.Act.KEEP_ATLAS)
    )
    return [
        (_("领导看板"), reverse("lead:home"), leads),
        (_("产业链与图谱"), reverse("lead:chains"), keeps and not leads),
        (
            _("人才图谱"),
            reverse("lead:atlas"),
            not (leads or keeps) and any(post.role is roles.RECOMMENDER for post in held),
        ),
    ]


def _desk_sidebar(request: HttpRequest, held: list) -> list[dict]:
    number = {view: worklist.shown(count) for view, count in worklist.counts(request).items()}
    view = request.GET.get("view", "mine") if request.path == reverse("desk:home") else ""

    def entry(label: str, icon: str, url: str, count=0, current: bool = False, urgent: bool = False) -> dict:
        return {
            "label": label,
            "icon": icon,
            "url": url,
            "count": count,
            "current": current,
            "urgent": urgent,
        }

    home = reverse("desk:home")
    items = [
        entry(
            _("我的待办"),
            "inbox",
            f"{home}?view=mine",
            number["mine"],
            view == "mine",
            bool(number["overdue"]),
        ),
        entry(_("待领取"), "users", f"{home}?view=claim", number["claim"], view == "claim"),
        entry(_("我的已办"), "archive", f"{home}?view=done", 0, view == "done"),
        entry(_("本单位在办"), "building-2", f"{home}?view=organisation", 0, view == "organisation"),
        entry(_("全部办件"), "folder-open", reverse("desk:cases"), 0, request.path == reverse("desk:cases")),
    ]
    acts = {act for post in held for act in post.role.acts}
    more = []
    for label, icon, name, needed in _MANAGEMENT:
        if needed is None or needed in acts:
            url = reverse(f"desk:{name}")
            more.append(entry(str(label), icon, url, 0, request.path.startswith(url)))
    if any(post.role is roles.CHECKER and post.organisation.code == flats.letting_bureau() for post in held):
        url = reverse("desk:flats")
        more.append(entry(_("人才公寓"), "building", url, 0, request.path.startswith(url)))
    return [{"title": _("办件"), "items": items}, {"title": _("管理"), "items": more}]
