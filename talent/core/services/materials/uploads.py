"""Taking a file into the vault, and saying who has seen the original."""

import uuid
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Appointment, Case, Document, DocumentVersion, Organisation, TalentProfile, User

from .. import audit
from ..appointments import standing_on
from ..errors import ActRefused, Conflict, NotAllowed
from . import inspection, vault

# Enough to find a file by, too little to recognise a document one already has.
HASH_PREFIX = 16
LONGEST_TITLE = 120
LONGEST_HOW = 80


def store_upload(
    uploaded_file: UploadedFile,
    *,
    owner: TalentProfile | Organisation,
    type_code: str,
    title: str,
    actor: User,
    document: Document | None = None,
    valid_until: date | None = None,
) -> DocumentVersion:
    """Check a file, store it, and return its version: the first of a new document or the next of `document`.

    The same content again on the same document is the version that is there. Raises `NotAllowed` when `actor` may
    not add to the owner's documents, `ActRefused` with one sentence for a file that is not acceptable; neither a
    row nor a file is left then. The checks run before the transaction, so no lock is held over them.
    """
    _require_right(owner, actor)
    if document is not None:
        _require_same(document, owner, type_code)
    name = vault.clean_name(uploaded_file.name)
    kind = inspection.format_of(name)
    row_key = uuid.uuid4()
    with vault.receive(uploaded_file, name) as received:
        findings = inspection.inspect(received.path, name, pages=_pages_known(received.sha256, kind))
        stored = vault.publish(received, row_key)
    with transaction.atomic():
        if document is None:
            document = Document(type_code=type_code, title=vault.without_numbers(title)[:LONGEST_TITLE])
            if isinstance(owner, TalentProfile):
                document.profile = owner
            else:
                document.organisation = owner
            document.valid_until = valid_until
            document.save()
        else:
            # The lock makes numbers of two simultaneous uploads follow each other.
            document = Document.objects.select_for_update().get(pk=document.pk)
            known = document.versions.filter(sha256=received.sha256, erased_at__isnull=True).first()
            if valid_until is not None and valid_until != document.valid_until:
                document.valid_until = valid_until
                document.save(update_fields=["valid_until"])
            if known is not None:
                vault.mend(known, stored, row_key)
                return known
        last = document.versions.aggregate(last=Max("number"))["last"] or 0
        version = DocumentVersion.objects.create(
            row_key=row_key,
            document=document,
            number=last + 1,
            file=stored,
            original_name=name,
            content_type=findings.format.content_type,
            size=received.size,
            pages=findings.pages,
            sha256=received.sha256,
            uploaded_by=actor,
        )
        audit.record(
            "document_uploaded",
            actor=actor,
            subject=f"document:{document.pk}",
            detail={"version": version.number, "type": type_code, "sha256": received.sha256[:HASH_PREFIX]},
        )
    return version


def _pages_known(sha256: str, kind: inspection.Format) -> int | None:
    """How many pages this content has when it was taken in before in the same format: one scan serves ten materials."""
    versions = DocumentVersion.objects.filter(sha256=sha256, content_type=kind.content_type)
    return versions.values_list("pages", flat=True).first()


def _require_same(document: Document, owner: TalentProfile | Organisation, type_code: str) -> None:
    """A new version stays with the owner and the type of its document."""
    held_by = document.profile_id if isinstance(owner, TalentProfile) else document.organisation_id
    if held_by != owner.pk:
        raise NotAllowed(_("该材料不属于所选的人员或单位，不能为其增加版本。"))
    if document.type_code != type_code:
        raise ActRefused(_("新版本与原材料的类型不同，请作为另一份材料上传。"), code="type_code")


def _require_right(owner: TalentProfile | Organisation, actor: User) -> None:
    """Oneself, whoever recommends or takes in a case of this person; for an organisation one of its own people.

    A pending registration counts: its first member hands in the licence that is to be checked.
    """
    if isinstance(owner, TalentProfile):
        if owner.user_id is not None and owner.user_id == actor.pk:
            return
        cases = Case.objects.visible_to(actor).filter(applicant=owner)
        acts = (roles.Act.RECOMMEND, roles.Act.ACCEPT)
        if any(standing_on(actor, case, act) for case in cases for act in acts):
            return
        raise NotAllowed(_("您不能为此人上传材料，请由本人登录后上传。"))
    today = timezone.localdate()
    posts = Appointment.objects.filter(
        user=actor, organisation=owner, dismissed_at__isnull=True, starts_on__lte=today
    )
    if not actor.is_active or not posts.exclude(ends_on__lt=today).exists():
        raise NotAllowed(_("您不是“%(organisation)s”的人员，不能为其上传材料。") % {"organisation": owner})


@transaction.atomic
def verify(version: DocumentVersion, *, actor: User, how: str) -> DocumentVersion:
    """Record that `actor` compared this version with the original or its register, and how. Once.

    By an officer who takes in or checks a case that uses the version, and never on one's own documents. Raises
    `NotAllowed`, `ActRefused` without a way of checking, `Conflict` when it is verified already.
    """
    how = how.strip()
    if not how:
        raise ActRefused(_("请填写核验方式，例如核对原件、联网查询。"), code="how")
    owner = version.document.profile
    if owner is not None and owner.user_id == actor.pk:
        raise NotAllowed(_("不能核验自己的材料，请由其他人员核验。"))
    cases = Case.objects.visible_to(actor).filter(materials__version=version).distinct()
    acts = (roles.Act.ACCEPT, roles.Act.CHECK)
    if not any(standing_on(actor, case, act) for case in cases for act in acts):
        raise NotAllowed(_("只有受理或审查该材料所在办件的人员可以核验。"))
    verified = DocumentVersion.objects.filter(pk=version.pk, verified_at__isnull=True).update(
        verified_by=actor, verified_at=timezone.now(), verified_how=how[:LONGEST_HOW]
    )
    if not verified:
        raise Conflict(_("该材料已经核验过，无需重复核验。"))
    version.refresh_from_db()
    audit.record(
        "document_verified",
        actor=actor,
        subject=f"document:{version.document_id}",
        detail={"version": version.number},
    )
    return version
