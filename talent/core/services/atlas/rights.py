"""Who keeps the atlas and who reads it: the city's posts everything, a county's posts what is meant for the county."""

from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Region, User

from ..errors import NotAllowed
from ..standing import Standing, posts_of

_READING = (roles.Act.LEAD_BOARD, roles.Act.KEEP_ATLAS)


def of_city(post: Standing) -> bool:
    return post.organisation.region.kind == Region.Kind.CITY


def reading_posts(user: User) -> list[Standing]:
    """The posts that read the atlas: leaders, keepers, and recommending bureaus."""
    return [
        post
        for post in posts_of(user)
        if post.role is roles.RECOMMENDER or any(post.role.may(act) for act in _READING)
    ]


def may_read(user: User) -> bool:
    return bool(reading_posts(user))


def may_keep(user: User, region: Region | None = None, *, city: bool = False) -> bool:
    """Whether `user` may record leads for `region` (None: not yet meant for any), or with `city` whole chains."""
    return _keeper(user, region, city=city) is not None


def require_keeper(user: User, region: Region | None = None, *, city: bool = False) -> Standing:
    """The post in which `user` keeps the atlas; raises `NotAllowed`."""
    post = _keeper(user, region, city=city)
    if post is None:
        raise NotAllowed(
            _("产业链要素由市级部门维护，县市区只能登记拟落地本地的人才线索，您没有相应的岗位授权。")
        )
    return post


def _keeper(user: User, region: Region | None, *, city: bool) -> Standing | None:
    for post in posts_of(user):
        if not post.role.may(roles.Act.KEEP_ATLAS):
            continue
        if of_city(post) or (not city and region is not None and post.organisation.region_id == region.pk):
            return post
    return None
