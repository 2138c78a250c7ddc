"""People: recorded once, found by their identity number, opened only by a recorded act.

Identity numbers, phones and bank cards are sealed in the row and masked on every page (个人信息保护法 arts.
28, 51). `reveal` is the one way to a whole number: it asks the right, wants a reason and is recorded first.
"""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from talent.core import identifiers, roles
from talent.core.crypto import Sealed, SealedField, blind_index
from talent.core.models import Case, TalentProfile, User

from . import audit
from .appointments import posts_of, standing_on
from .errors import ActRefused, Conflict, NotAllowed

REASON_LENGTH = 4
OTHER_NAME = _lazy("该证件号码已登记在其他姓名下，请核对姓名和证件号码。")
# What people fill in; keys, account and dates of record are not among them.
EDITABLE = frozenset(
    {
        "name", "name_latin", "gender", "birth_date", "nationality", "id_kind", "id_number", "mobile", "email",
        "bank_name", "bank_account", "highest_degree", "research_field", "summary",
    }
)  # fmt: skip


def _duplicate() -> str:
    return _("该证件号码已有人才档案，请登录原账号或联系受理单位合并。")


def _checked(fields: dict[str, Any], id_kind: str) -> dict[str, Any]:
    """`fields` with numbers in their normal form; raises `ActRefused` naming the wrong one."""
    unknown = fields.keys() - EDITABLE
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    checks = {
        "id_number": lambda number: (
            identifiers.check_identity(id_kind, number, today=timezone.localdate()).number
        ),
        "mobile": identifiers.check_mobile,
        "bank_account": identifiers.check_bank_card,
    }
    cleaned = dict(fields)
    for name, check in checks.items():
        if cleaned.get(name):
            try:
                cleaned[name] = check(cleaned[name])
            except ValueError as error:
                raise ActRefused(str(error), code=name) from None
    return cleaned


def _plain(value: Any) -> Any:
    """A sealed value opened for comparing inside this module; it goes nowhere else."""
    return value.reveal() if isinstance(value, Sealed) else value


def _may_record_for_others(actor: User) -> bool:
    return any(post.role.may(roles.Act.RECOMMEND) for post in posts_of(actor))


@transaction.atomic
def create_profile(*, actor: User, user: User | None = None, **fields: Any) -> TalentProfile:
    """Record a person. `user` is the account of that person, None while there is none.

    Everyone records himself; others are recorded by somebody who may recommend. Raises `NotAllowed`,
    `ActRefused` for a wrong number, `Conflict` when the identity is already on record.
    """
    own = user is not None and user.pk == actor.pk
    if not own and not _may_record_for_others(actor):
        raise NotAllowed(_("您没有登记他人档案的权限。"))
    kind = fields.get("id_kind") or TalentProfile.IdentityKind.RESIDENT_ID
    profile = TalentProfile(user=user, **_checked(fields, kind))
    if user is not None and TalentProfile.objects.filter(user=user).exists():
        raise Conflict(_("该账号已有人才档案。"))
    _save(profile)
    audit.record("profile_created", actor=actor, subject=f"profile:{profile.pk}", detail={"own": own})
    return profile


@transaction.atomic
def known_or_recorded(
    *, actor: User, name: str, id_kind: str, id_number: str, **fields: Any
) -> TalentProfile:
    """The person with this identity; one who is known here keeps the record, nobody else's word changes it.

    Raises `ActRefused` when the number is wrong or known under another name.
    """
    number = _checked({"id_number": id_number}, id_kind)["id_number"]
    known = find_by_identity(number, kind=id_kind)
    if known is None:
        return create_profile(actor=actor, name=name, id_kind=id_kind, id_number=number, **fields)
    if known.name != name:
        raise ActRefused(OTHER_NAME)
    return known


@transaction.atomic
def update_profile(profile: TalentProfile, *, actor: User, **fields: Any) -> TalentProfile:
    """Change fields of a person; the record names which, never their content.

    By the person, or, while the person has no account, by the recommending or employing side of an unsubmitted
    case. An identity number under which a case was submitted is changed by nobody here.
    """
    if not _may_update(profile, actor):
        raise NotAllowed(_("您不能修改此人的档案，请由本人登录修改。"))
    kind = fields.get("id_kind") or profile.id_kind
    cleaned = _checked(fields, kind)
    if "id_kind" in cleaned and "id_number" not in cleaned:
        _checked({"id_number": _plain(profile.id_number)}, kind)
    identity = {"id_kind", "id_number"} & cleaned.keys()
    changed = any(_plain(getattr(profile, name)) != cleaned[name] for name in identity)
    if changed and profile.cases.filter(submitted_at__isnull=False).exists():
        raise ActRefused(_("已用此证件提交过申报，证件信息不能自行修改，请联系受理单位。"), code="id_number")
    for name, value in cleaned.items():
        setattr(profile, name, value)
    _save(profile)
    audit.record(
        "profile_updated", actor=actor, subject=f"profile:{profile.pk}", detail={"fields": sorted(cleaned)}
    )
    return profile


def _may_update(profile: TalentProfile, actor: User) -> bool:
    if profile.user_id is not None:
        return profile.user_id == actor.pk
    unsubmitted = profile.cases.filter(submitted_at__isnull=True)
    return any(standing_on(actor, case, roles.Act.RECOMMEND) for case in unsubmitted)


def _save(profile: TalentProfile) -> None:
    try:
        with transaction.atomic():
            profile.save()
    except IntegrityError:
        if profile.id_number and find_by_identity(_plain(profile.id_number)) is not None:
            raise Conflict(_duplicate(), code="id_number") from None
        raise


def anonymise(profile: TalentProfile) -> None:
    """Forget a person without an account whose only case was never handed in. The caller holds the transaction."""
    for rows in (profile.educations, profile.employments, profile.titles):
        rows.all().delete()
    for name in EDITABLE:
        setattr(profile, name, profile._meta.get_field(name).get_default())
    profile.name = _("（已清除）")
    profile.save()
    audit.record("profile_anonymised", subject=f"profile:{profile.pk}")


def find_by_identity(number: str, *, kind: str | None = None) -> TalentProfile | None:
    """The person with exactly this identity number, by the blind index; None when nobody has it."""
    number = identifiers.normalise(number)
    if not number:
        return None
    found = TalentProfile.objects.filter(id_number_index=blind_index(TalentProfile, "id_number", number))
    if kind:
        found = found.filter(id_kind=kind)
    return found.order_by("pk").first()


@transaction.atomic
def reveal(obj: models.Model, field: str, *, actor: User, reason: str, case: Case | None = None) -> str:
    """The whole content of a sealed `field` of `obj` (a person, or a row that names its person or case).

    The person himself, or an officer whose post may reveal, on a `case` his organisation takes part in and that
    `obj` belongs to. The reason has at least four signs and is kept with the record, which is written first:
    no record, no number. Raises `NotAllowed` or `ActRefused`.
    """
    reason = reason.strip()
    if len(reason) < REASON_LENGTH:
        raise ActRefused(
            _("请填写查看原因（不少于%(count)d个字）。") % {"count": REASON_LENGTH}, code="reason"
        )
    if audit.contains_personal_data(reason):
        raise ActRefused(_("查看原因中不能填写证件号码或手机号码。"), code="reason")
    try:
        sealed = isinstance(obj._meta.get_field(field), SealedField)
    except FieldDoesNotExist:
        sealed = False
    if not sealed:
        raise ActRefused(_("该项不是可查看的加密信息。"), code="field")
    own = _person(obj) is not None and _person(obj).user_id == actor.pk
    if not own:
        _require_right_to_reveal(obj, actor, case)
    audit.record(
        "revealed",
        actor=actor,
        subject=case.number if case else f"{obj._meta.model_name}:{obj.pk}",
        detail={"model": obj._meta.model_name, "row": obj.pk, "field": field, "reason": reason, "own": own},
    )
    value = getattr(obj, field)
    return value.reveal() if value else ""


def _require_right_to_reveal(obj: models.Model, actor: User, case: Case | None) -> None:
    if (
        case is None
        or not _belongs(obj, case)
        or not Case.objects.visible_to(actor).filter(pk=case.pk).exists()
    ):
        raise NotAllowed(_("只能在您经办的办件中查看该人员的完整信息。"))
    if standing_on(actor, case, roles.Act.REVEAL) is None:
        raise NotAllowed(_("您的岗位不能查看完整证件信息。"))


def _person(obj: models.Model) -> TalentProfile | None:
    return obj if isinstance(obj, TalentProfile) else getattr(obj, "profile", None)


def _belongs(obj: models.Model, case: Case) -> bool:
    if isinstance(obj, TalentProfile) or not hasattr(obj, "case_id"):
        person = _person(obj)
        return person is not None and person.pk == case.applicant_id
    return obj.case_id == case.pk
