"""The files of the documents: received, checked, sealed for their version, and opened again. The one door to them.

An upload lies in `incoming/*.part` while it is checked; then it is sealed for its version as `documents/ab/<row
key>.sealed`, and only then the version gets its row. A crash in between leaves a file without a row, which nobody
can reach and `sweep_orphans` removes; a row without its file cannot come about.
"""

import hashlib
import os
import re
import time
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BufferedReader
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import crypto
from talent.core.models import Document, DocumentVersion, User

from .. import storage
from ..errors import ActRefused
from . import inspection

DEFAULT_MAX_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 120
MEGABYTE = 1024 * 1024
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_SEPARATORS = re.compile(r"[/\\]")
_UNSAFE = re.compile(r'[<>:"|?*]')
# A run this long is an identity, bank card or mobile number, in whatever script its digits are written.
_LONG_NUMBER = re.compile(r"\d{11,}[Xx]?")


@dataclass(frozen=True)
class Received:
    """A file that lies in `incoming`: where, how long (bytes), and the SHA-256 of its content."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class OpenedFile:
    """What a page needs to send a file: MIME type, a harmless name to save it under, length in bytes, content."""

    version: DocumentVersion
    content_type: str
    name: str
    size: int

    def open(self) -> BufferedReader:
        """The content, proved whole before its first byte. Raises `ActRefused`, code `file_damaged`."""
        try:
            return storage.open_kept(self.version.file.name, context=context_of(self.version.row_key))
        except crypto.SealBroken:
            raise _unreadable(self.version, "file_damaged") from None

    def read(self) -> bytes:
        """All of the content; as `open`."""
        with self.open() as file:
            return file.read()


def _unreadable(version: DocumentVersion, code: str) -> ActRefused:
    return ActRefused(
        _("“%(title)s”的文件缺失或已损坏，请联系系统管理员从备份恢复。") % {"title": version.document.title},
        code=code,
    )


def context_of(row_key: uuid.UUID) -> str:
    """What the file of the version with this row key is bound to."""
    return f"document:{row_key}"


def name_of(row_key: uuid.UUID) -> str:
    """Where that file lies, relative to the root."""
    return f"documents/{row_key.hex[:2]}/{row_key.hex}.sealed"


def max_bytes() -> int:
    """The most bytes one upload may have."""
    return getattr(settings, "UPLOAD_MAX_BYTES", DEFAULT_MAX_BYTES)


def without_numbers(text: str) -> str:
    """`text` with long numbers taken out: people write identity numbers into titles and file names."""
    return _LONG_NUMBER.sub(str(_("（号码已隐去）")), text)


def clean_name(raw: str, *, longest: int = LONGEST_NAME) -> str:
    """A file name that is only a name: no folder, no control or direction sign, no person's number, short.

    The extension survives the shortening. A name of nothing but such signs becomes 未命名.
    """
    text = unicodedata.normalize("NFC", raw or "")
    text = "".join(sign for sign in text if unicodedata.category(sign) not in _HIDDEN)
    text = _UNSAFE.sub("_", _SEPARATORS.split(text)[-1]).strip(" .\u3000")
    stem, dot, extension = text.rpartition(".")
    if not dot:
        stem, extension = text, ""
    stem = without_numbers(stem).strip() or str(_("未命名"))
    ending = f".{extension[:12]}" if dot else ""
    return stem[: longest - len(ending)] + ending


def size_words(size: int) -> str:
    """Bytes as people read them: 20 MB, 300 KB."""
    if size >= MEGABYTE:
        return f"{size / MEGABYTE:.1f}".removesuffix(".0") + " MB"
    return f"{max(1, round(size / 1024))} KB"


@contextmanager
def receive(upload: UploadedFile, name: str) -> Iterator[Received]:
    """Write the upload to `incoming` and flush it; whatever still lies there afterwards is removed.

    Counts the bytes that arrive, not those that were announced. Raises `ActRefused` for none or too many.
    """
    limit = max_bytes()
    path = storage.place_for_part()
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("xb") as file:
            for chunk in upload.chunks():
                size += len(chunk)
                if size > limit:
                    raise inspection.refuse("too_large", name, limit=size_words(limit))
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise inspection.refuse("empty", name)
        yield Received(path, size, digest.hexdigest())
    finally:
        path.unlink(missing_ok=True)


def publish(received: Received, row_key: uuid.UUID) -> str:
    """Seal the received file for the version with `row_key`. Returns the name to store in the row."""
    name = name_of(row_key)
    with received.path.open("rb") as content:
        storage.keep(name, content, context=context_of(row_key))
    return name


def copy(version: DocumentVersion, *, document: Document, actor: User) -> DocumentVersion:
    """The checked content of `version` as the first version of another `document`, sealed for it. Rights are the caller's."""
    row_key = uuid.uuid4()
    with open_file(version).open() as content:
        storage.keep(name_of(row_key), content, context=context_of(row_key))
    same = ("original_name", "content_type", "size", "pages", "sha256")
    return DocumentVersion.objects.create(
        row_key=row_key,
        document=document,
        number=1,
        file=name_of(row_key),
        uploaded_by=actor,
        **{name: getattr(version, name) for name in same},
    )


def mend(version: DocumentVersion, stored: str, row_key: uuid.UUID) -> None:
    """The same content came again as `stored`: it puts a damaged file of `version` right and is taken away."""
    if not is_whole(version):
        with storage.open_kept(stored, context=context_of(row_key)) as content:
            storage.keep(version.file.name, content, context=context_of(version.row_key))
    (storage.root() / stored).unlink()


def open_file(version: DocumentVersion) -> OpenedFile:
    """A version's file, ready to be read, and under which name to send it. The caller has asked `visible_to`.

    Raises `ActRefused`, code `file_missing`, when the file is gone or has another length than it should.
    """
    if version.erased_at is not None:
        raise ActRefused(_("该材料所属的草稿到期未提交，文件已按规定清除。"), code="erased")
    path = storage.place_of(version.file.name)
    try:
        with path.open("rb") as file:
            expected = crypto.sealed_size(version.size, crypto.sealing_key(file))
            whole = os.fstat(file.fileno()).st_size == expected
    except (AttributeError, OSError, crypto.SealBroken):
        whole = False
    if not whole:
        raise _unreadable(version, "file_missing")
    ending = inspection.BY_TYPE[version.content_type].extensions[0]
    title = clean_name(f"{version.document.title}_{version.number}.{ending}")
    return OpenedFile(version, version.content_type, title, version.size)


def is_whole(version: DocumentVersion) -> bool:
    """Whether the file opens and still has the recorded content. Reads all of it."""
    return storage.is_genuine(version.file.name, version.sha256, context=context_of(version.row_key))


def kept_versions() -> Iterator[DocumentVersion]:
    """Every version that should have its file."""
    rows = DocumentVersion.objects.filter(erased_at__isnull=True).select_related("document").order_by("pk")
    return rows.iterator(chunk_size=500)


def damaged_files() -> Iterator[DocumentVersion]:
    """Versions whose file is missing or no longer has the recorded content. Reads every file: for `doctor`."""
    return (version for version in kept_versions() if not is_whole(version))


def erase(document: Document) -> int:
    """Remove the files of all versions of `document` for good; what remains says that there were some. How many.

    The files go when the transaction has committed: with a rollback everything is still there.
    """
    versions = document.versions.filter(erased_at__isnull=True)
    names = list(versions.values_list("file", flat=True))
    pictures = [f"previews/{version.row_key.hex}-*" for version in versions]
    versions.update(erased_at=timezone.now(), original_name=_("（已清除）"))
    document.title = _("（已清除）")
    document.save(update_fields=["title"])
    transaction.on_commit(partial(_remove, names, pictures))
    return len(names)


def _remove(names: list[str], pictures: list[str]) -> None:
    for name in names:
        (storage.root() / name).unlink(missing_ok=True)
    for pattern in pictures:
        for path in storage.root().glob(pattern):
            path.unlink(missing_ok=True)


def reseal(version: DocumentVersion) -> bool:
    """Seal the file of `version` again under the current key; whether anything changed. Raises `SealBroken`."""
    return storage.reseal(version.file.name, version.sha256, context=context_of(version.row_key))


def sweep_orphans(
    *,
    older_than: timedelta = timedelta(hours=24),
    dry_run: bool = False,
    folders: Sequence[str] = ("incoming", "documents", "previews"),
) -> list[str]:
    """Remove files that no row knows: broken-off uploads, files whose row was never written, old previews.

    Files younger than `older_than` are left alone, they may still get their row. Returns the names, relative to the
    root; with `dry_run` nothing is removed.
    """
    before = time.time() - older_than.total_seconds()
    names = []
    for folder in folders:
        for path in sorted((storage.root() / folder).rglob("*")):
            # Asked and removed one by one: between the two a file must not become old news.
            if path.is_file() and _older(path, before) and not _known(path, folder):
                names.append(str(path.relative_to(storage.root())))
                if not dry_run:
                    path.unlink(missing_ok=True)
    return names


def _older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime <= before
    except FileNotFoundError:
        return False


def _known(path: Path, folder: str) -> bool:
    if folder == "incoming":
        return False
    if folder == "previews":
        return DocumentVersion.objects.filter(
            file__endswith=f"/{path.stem.partition('-')[0]}.sealed"
        ).exists()
    return DocumentVersion.objects.filter(file=str(path.relative_to(storage.root()))).exists()
