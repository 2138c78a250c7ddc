"""What stands around every page: menu, sidebar with capped counts, theme, the city's name."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.services import messages

from .desk import worklist
from .desk.access import held_posts


def page(request: HttpRequest) -> dict:
    """Context of every template. Two queries for a signed-in officer, none for a visitor."""
    user = getattr(request, "user", None)
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
    if user is None or not user.is_authenticated:
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
    if request.user.is_authenticated if hasattr(request, "user") else False:
        entries += [
            (_("我的办件"), reverse("my:home"), bool(worklist.counts(request)["profile"])),
            (
                _("单位工作台"),
                reverse("unit:home"),
                bool(codes & {roles.HR.codename, roles.RECOMMENDER.codename}),
            ),
            (_("工作台"), reverse("desk:home"), worklist.is_officer(held_posts(request))),
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
    codes = {post.role for post in held}
    acts = {act for role in codes for act in role.acts}
    more = []
    if roles.Act.PUBLISH in acts:
        more.append(
            entry(
                _("公示与异议"),
                "megaphone",
                reverse("desk:publicity"),
                0,
                request.path.startswith(reverse("desk:publicity")),
            )
        )
    if roles.Act.CONFIRM_EMPLOYER in acts:
        more.append(
            entry(
                _("单位核验"),
                "badge-check",
                reverse("desk:organisations"),
                0,
                request.path.startswith(reverse("desk:organisations")),
            )
        )
    if roles.Act.SUPERVISE in acts:
        more.append(
            entry(
                _("督办"),
                "bell-ring",
                reverse("desk:supervise"),
                0,
                request.path.startswith(reverse("desk:supervise")),
            )
        )
    if roles.Act.REPAIR_CREDIT in acts:
        more.append(
            entry(
                _("失信与修复"),
                "shield-alert",
                reverse("desk:credit"),
                0,
                request.path.startswith(reverse("desk:credit")),
            )
        )
    more.append(
        entry(
            _("代理设置"),
            "user-cog",
            reverse("desk:deputies"),
            0,
            request.path.startswith(reverse("desk:deputies")),
        )
    )
    if roles.Act.APPOINT in acts:
        more.append(
            entry(
                _("任职授权"),
                "key-round",
                reverse("desk:appointments"),
                0,
                request.path.startswith(reverse("desk:appointments")),
            )
        )
    if roles.Act.READ_AUDIT in acts:
        more.append(
            entry(
                _("审计记录"),
                "scroll-text",
                reverse("desk:audit"),
                0,
                request.path.startswith(reverse("desk:audit")),
            )
        )
    more.append(
        entry(_("岗位权限表"), "table", reverse("desk:matrix"), 0, request.path == reverse("desk:matrix"))
    )
    return [{"title": _("办件"), "items": items}, {"title": _("管理"), "items": more}]
