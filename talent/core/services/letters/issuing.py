"""Numbering, storing and withdrawing letters.

A number is drawn in the transaction of the act it belongs to; the file is made after that has committed. A
file that could not be made is left to `render_waiting`, which `tick` calls.
"""

import hashlib
import json
import logging
from dataclasses import asdict
from functools import partial
from io import BufferedReader, BytesIO
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import crypto
from talent.core.models import Case, Letter, LetterRead, Organisation, User, VoidedNumber
from talent.core.models.letters import CHECK_ALPHABET, new_check_code

from .. import audit, cases, sequences, storage
from ..errors import ActRefused, Conflict
from .documents import LetterDocument
from .rendering import TEMPLATE_VERSION, html_of, render_pdf

# After so many failures a person has to look: `render_letters --all` tries again.
MAX_ATTEMPTS = 8
logger = logging.getLogger(__name__)


def frozen(document: LetterDocument, issuer: Organisation) -> dict[str, Any]:
    """Everything the page of a letter is made from, as JSON: what it states, its layout, its issuer as of now."""
    stated = {
        "content": asdict(document),
        "layout": document.layout,
        "template": document.template,
        "issuer": {"name": issuer.name, "party_organ": issuer.party_organ},
    }
    return json.loads(json.dumps(stated, cls=DjangoJSONEncoder))


@transaction.atomic
def issue(
    case: Case | None,
    document: LetterDocument,
    *,
    issuer: Organisation,
    actor: User | None,
    supersedes: Letter | None = None,
) -> Letter:
    """Number `document` and freeze what it states. The PDF follows after the caller's transaction commits.

    Call it inside the transaction of the act: a rollback gives the number back, so there are no gaps. The
    number is 机关代字〔year〕N号, counted per issuer and year. Rights are the caller's business. Writes the
    audit entry; the event on the case is the caller's. `actor` is None when the calendar acts. `case` is None for
    what is of no single case, as the minutes of a meeting: the letter has no addressee and is never served.
    """
    moment = timezone.now()
    year = timezone.localdate(moment).year
    serial = sequences.next_number(f"letter:{issuer.code}", year)
    letter = Letter.objects.create(
        case_id=case.pk if case else None,
        kind=document.kind,
        title=str(document.title),
        issuer=issuer,
        number=f"{issuer.letter_prefix or issuer.label}〔{year}〕{serial}号",
        year=year,
        serial=serial,
        facts=frozen(document, issuer),
        template_version=TEMPLATE_VERSION,
        check_code=new_check_code(),
        supersedes=supersedes,
        issued_by=actor,
        issued_at=moment,
        needs_receipt=document.needs_receipt,
    )
    audit.record(
        "letter_issued",
        actor=actor,
        subject=case.number if case else "",
        detail={"letter": letter.pk, "number": letter.number, "kind": letter.kind},
    )
    if settings.LETTERS_AT_ONCE:
        transaction.on_commit(partial(_render_or_leave, letter.pk), robust=True)
    return letter


def _render_or_leave(key: int) -> bool:
    """Make the file now, or leave it to `tick`; whether it is there afterwards. The act has been done already."""
    letter = Letter.objects.get(pk=key)
    try:
        render(letter)
    except Exception:
        logger.exception("letter %s has no file yet", key)
        return False
    return True


def render(letter: Letter) -> Letter:
    """Make the file of `letter` once and note it on the row. A letter that has its file is left alone.

    The file is on disk, sealed, under the hash of its bytes, before the row names it. Of two renderers at the same
    moment the first to write the row wins and the other's file is removed.
    """
    if not Letter.objects.filter(pk=letter.pk, rendered_at__isnull=True).update(attempts=F("attempts") + 1):
        letter.refresh_from_db()
        return letter
    content = render_pdf(html_of(letter))
    digest = hashlib.sha256(content).hexdigest()
    name = f"letters/{letter.year}/{digest}.pdf"
    storage.keep(name, BytesIO(content), context=_context(letter))
    won = Letter.objects.filter(pk=letter.pk, rendered_at__isnull=True).update(
        pdf=name, sha256=digest, rendered_at=timezone.now()
    )
    letter.refresh_from_db()
    if not won and letter.sha256 != digest:
        (storage.root() / name).unlink(missing_ok=True)
    return letter


def _context(letter: Letter) -> str:
    return f"letter:{letter.row_key}"


def open_pdf(letter: Letter) -> BufferedReader:
    """The PDF of a rendered letter. Raises `ActRefused` when its file is missing or was changed."""
    try:
        return storage.open_kept(letter.pdf.name, context=_context(letter))
    except crypto.SealBroken:
        raise ActRefused(
            _("文书 %(number)s 的文件缺失或已损坏，请联系系统管理员从备份恢复。") % {"number": letter.number},
            code="file_damaged",
        ) from None


def rendered() -> QuerySet[Letter]:
    """Every letter that should have its file."""
    return Letter.objects.filter(rendered_at__isnull=False).order_by("pk")


def is_whole(letter: Letter) -> bool:
    """Whether the file of a rendered letter opens and is the one that was made. Reads all of it."""
    return storage.is_genuine(letter.pdf.name, letter.sha256, context=_context(letter))


def reseal(letter: Letter) -> bool:
    """Seal the file of `letter` again under the current key; whether anything changed. Raises `SealBroken`."""
    return storage.reseal(letter.pdf.name, letter.sha256, context=_context(letter))


def waiting(*, exhausted: bool = False) -> QuerySet[Letter]:
    """Letters without a file, fewest attempts first; those given up on only when `exhausted`."""
    found = Letter.objects.filter(rendered_at__isnull=True)
    if not exhausted:
        found = found.filter(attempts__lt=MAX_ATTEMPTS)
    return found.order_by("attempts", "pk")


def render_waiting(limit: int = 50, *, exhausted: bool = False) -> int:
    """Make the files that are still missing, at most `limit`. Returns how many were made; safe in parallel."""
    keys = list(waiting(exhausted=exhausted).values_list("pk", flat=True)[:limit])
    return sum(_render_or_leave(key) for key in keys)


@transaction.atomic
def supersede(letter: Letter, document: LetterDocument, *, actor: User, reason: str) -> Letter:
    """Issue `document` in place of `letter`, which stays readable and is marked 已被替代. Returns the new one.

    Raises `Conflict` when the letter is no longer valid.
    """
    _leave_valid(letter, Letter.State.SUPERSEDED, reason)
    made = issue(letter.case, document, issuer=letter.issuer, actor=actor, supersedes=letter)
    cases.record(
        letter.case,
        "letter_superseded",
        actor=actor,
        title=_("更正文书"),
        public_text=_("%(old)s由%(new)s替代。原因：%(reason)s。")
        % {"old": letter.number, "new": made.number, "reason": reason},
    )
    return made


@transaction.atomic
def replace(letter: Letter, by: Letter, *, reason: str) -> Letter:
    """`by`, issued already, takes the place of `letter`: an agreement in force gives way to its new version.

    The caller records the event. Raises `Conflict` when the letter is no longer valid.
    """
    _leave_valid(letter, Letter.State.SUPERSEDED, reason)
    by.supersedes = letter
    by.save(update_fields=["supersedes"])
    return by


@transaction.atomic
def revoke(letter: Letter, *, actor: User | None, reason: str) -> Letter:
    """Withdraw `letter`; its number is written off and never used again. The caller records the event.

    `actor` is None when the calendar acts: then whoever issued it is named for the number. Raises `Conflict` when the
    letter is no longer valid.
    """
    _leave_valid(letter, Letter.State.REVOKED, reason)
    VoidedNumber.objects.create(
        issuer=letter.issuer, number=letter.number, reason=reason[:200], voided_by=actor or letter.issued_by
    )
    audit.record(
        "letter_revoked",
        actor=actor,
        subject=letter.case.number if letter.case else "",
        detail={"letter": letter.pk, "number": letter.number},
    )
    return letter


def _leave_valid(letter: Letter, state: str, reason: str) -> None:
    changed = Letter.objects.filter(pk=letter.pk, state=Letter.State.VALID).update(
        state=state, state_reason=reason[:200]
    )
    letter.refresh_from_db()
    if not changed:
        raise Conflict(
            _("文书 %(number)s 现在的状态是“%(state)s”，不能再变更。")
            % {"number": letter.number, "state": letter.get_state_display()}
        )


@transaction.atomic
def acknowledge(letter: Letter, *, reader: User) -> LetterRead | None:
    """Note that the addressee has opened `letter` for the first time (送达). Repeating it changes nothing.

    Only the applicant's reading serves a letter: for anybody else nothing is noted and None is returned.
    """
    if letter.case is None or letter.case.applicant.user_id != reader.pk:
        return None
    read, first = LetterRead.objects.get_or_create(letter=letter, reader=reader)
    if first:
        audit.record(
            "letter_read",
            actor=reader,
            subject=letter.case.number,
            detail={"letter": letter.pk, "number": letter.number},
        )
    return read


def check(code: str) -> Letter | None:
    """The letter a check code belongs to, typed with or without hyphens, in any case; None when there is none."""
    typed = "".join(character for character in code.upper() if character in CHECK_ALPHABET)
    return Letter.objects.select_related("issuer").filter(check_code=typed).first() if typed else None
