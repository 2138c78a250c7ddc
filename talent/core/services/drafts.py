"""Drafts nobody hands in: kept for the edition's `draft_days`, announced, then purged as a recorded act.

Shortest retention (个人信息保护法 art. 19), and erasure when the purpose is not reached (art. 47 (1) 1). The days count
from the last thing that happened to the draft. Nothing is purged that was not announced: the last reminder comes at
least as many days before as the edition's shortest. What remains is the case number, who opened it, and when it ended.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Case, CaseMaterial, Consent, Document, Message

from . import cases, materials, messages, people, policy
from .policy import PolicyMissing


def unfinished() -> list[Case]:
    """Every case that was never handed in, with its last changes."""
    found = Case.objects.filter(
        status__in=(Case.Status.DRAFT, Case.Status.RECOMMENDED), submitted_at__isnull=True
    ).annotate(last_event=Max("events__at"), last_saved=Max("sections__saved_at"))
    return list(found.select_related("edition", "applicant__user", "created_by").order_by("pk"))


def due(today: date) -> list[Case]:
    """The drafts `purge` will take."""
    return [case for case in unfinished() if _is_due(case, today)]


def kept_until(case: Case) -> date | None:
    """The last day a draft of `unfinished` is kept; None when its edition sets no limit or no reminder."""
    figures = policy.figures(case.edition)
    if not figures.reminders("draft_reminders"):
        return None
    try:
        days = figures.limit("draft_days")
    except PolicyMissing:
        return None
    touched = max(filter(None, (case.created_at, case.last_event, case.last_saved)))
    return timezone.localdate(touched) + timedelta(days=days)


def _key(case: Case, until: date) -> str:
    return f"draft:{case.pk}:{until}:"


@transaction.atomic
def warn(case: Case, today: date) -> bool:
    """Announce the end of a draft at the edition's days before it, each once; whether there was something to say.

    To the applicant or, while the person has no account, to whoever opened the draft. When the timer comes late, the
    end is put off by the shortest notice.
    """
    until = kept_until(case)
    if until is None:
        return False
    left, notices = (until - today).days, policy.figures(case.edition).reminders("draft_reminders")
    passed = sum(left <= before for before in notices)
    key = f"{_key(case, until)}{passed}"
    if not passed or Message.objects.filter(key=key).exists():
        return False
    ends = max(until, today + timedelta(days=notices[-1])) if passed == len(notices) else until
    messages.tell(
        case.applicant.user or case.created_by,
        kind="draft_reminder",
        subject=_("申报草稿即将清除"),
        body=_("办件 %(number)s 尚未提交，草稿和已上传的材料保存到 %(day)s，之后将按规定清除。需要继续申报的，请在此之前提交或修改。")
        % {"number": case.number, "day": f"{ends:%Y-%m-%d}"},
        case=case,
        key=key,
    )  # fmt: skip
    return True


def _is_due(case: Case, today: date) -> bool:
    until = kept_until(case)
    if until is None or until >= today:
        return False
    notices = policy.figures(case.edition).reminders("draft_reminders")
    last = Message.objects.filter(key=f"{_key(case, until)}{len(notices)}").first()
    return last is not None and timezone.localdate(last.made_at) + timedelta(days=notices[-1]) < today


@transaction.atomic
def purge(case: Case, today: date) -> bool:
    """End a draft that is due and remove what it holds: contents, files only it used, a person only it named.

    Asked again under the lock: a draft handed in or changed meanwhile stays, and False is returned. The person's own
    documents stay with a consent to reuse (材料一次报送), an account's profile always.
    """
    Case.objects.select_for_update().get(pk=case.pk)
    case = next((one for one in unfinished() if one.pk == case.pk), None)
    if case is None or not _is_due(case, today):
        return False
    applicant = case.applicant
    files = _erase_files(case)
    _empty(case.specific())
    case.sections.all().delete()
    cases.close(
        case,
        Case.Status.STOPPED,
        actor=None,
        kind="draft_purged",
        title=_("草稿到期清除"),
        public_text=_("草稿超过保存期限未提交，填写内容和材料已清除。需要申报的，可重新推荐或申请。"),
        figures={"files": files},
    )
    if applicant.user_id is None and not applicant.cases.exclude(pk=case.pk).exists():
        people.anonymise(applicant)
    return True


def _erase_files(case: Case) -> int:
    """Take the files off the checklist and remove those no other case uses; returns how many files went."""
    documents = list(
        Document.objects.filter(versions__used_in__case=case, profile=case.applicant_id).distinct()
    )
    CaseMaterial.objects.filter(case=case).update(version=None)
    if materials.has_consent(case.applicant, Consent.Purpose.REUSE):
        return 0
    return sum(
        materials.erase(document)
        for document in documents
        if not CaseMaterial.objects.filter(version__document=document).exists()
    )


def _empty(case: Case) -> None:
    """Put the fields of the policy's own case back to nothing and remove the rows that hang on it."""
    if type(case) is Case:
        return
    for relation in _own_rows(type(case)):
        relation.related_model._base_manager.filter(**{relation.field.name: case}).delete()
    names = []
    for field in type(case)._meta.local_concrete_fields:
        if not field.is_relation and not field.unique:
            setattr(case, field.attname, None if field.null else field.get_default())
            names.append(field.name)
    case.save(update_fields=names)


def _own_rows(model: type[Case]) -> Iterator[models.ForeignObjectRel]:
    """Rows of the policy itself that belong to its case: achievements, members, needs."""
    for relation in model._meta.related_objects:
        ours = relation.related_model._meta.app_label == model._meta.app_label
        if ours and relation.model is model and not relation.field.many_to_many:
            yield relation
