"""Who is let in, and what every page of the leaders has around it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talent.core import roles
from talent.core.services import atlas
from talent.core.services.errors import NotAllowed
from workflows.desk.access import held_posts, holders_of

leaders = holders_of(roles.Act.LEAD_BOARD)
# The chains carry no case: who keeps them reads them too.
chain_readers = holders_of(roles.Act.LEAD_BOARD, roles.Act.KEEP_ATLAS)
keepers = holders_of(roles.Act.KEEP_ATLAS)

_TABS = (
    ("home", gettext_lazy("目标与进度")),
    ("red", gettext_lazy("红灯与督办")),
    ("chains", gettext_lazy("产业链")),
    ("atlas", gettext_lazy("人才图谱")),
)


def may(request: HttpRequest, act: roles.Act) -> bool:
    """Whether something is offered; the act asks again."""
    return any(post.role.may(act) for post in held_posts(request))


def atlas_readers(view: Callable) -> Callable:
    """Leaders, keepers, and bureaus that recommend."""

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any):
        held_posts(request)
        if not atlas.may_read(request.user):
            raise NotAllowed(_("人才图谱只对领导、维护部门和推荐部门开放。"))
        return view(request, *args, **kwargs)

    guarded.audience = "atlas"
    return guarded


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The leaders' pages the reader may open."""
    leads, keeps = may(request, roles.Act.LEAD_BOARD), may(request, roles.Act.KEEP_ATLAS)
    offered = {"home": leads, "red": leads, "chains": leads or keeps, "atlas": True}
    return [
        {"label": label, "url": reverse(f"lead:{name}"), "current": name == current}
        for name, label in _TABS
        if offered[name]
    ]
