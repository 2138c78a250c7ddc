"""Files on disk: received beside their place, put there whole, named by their content, never overwritten.

A file is written to `incoming/*.part`, flushed, renamed to `documents/ab/<sha256>.<ext>`, and only then gets its
row. A crash in between leaves a file without a row, which nobody can reach and `sweep_orphans` removes; a row
without its file cannot come about.
"""

import hashlib
import os
import re
import time
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from talent.core.models import DocumentVersion

from ..errors import ActRefused
from . import inspection

DEFAULT_MAX_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 120
FILE_MODE = 0o640
READ_BLOCK = 1024 * 1024
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


class OpenedFile(NamedTuple):
    """What a page needs to send a file: where it lies, its MIME type and a harmless name to save it under."""

    path: Path
    content_type: str
    name: str


def root() -> Path:
    """The folder of all files, outside the web root."""
    return Path(settings.MEDIA_ROOT)


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
    if size >= READ_BLOCK:
        return f"{size / READ_BLOCK:.1f}".removesuffix(".0") + " MB"
    return f"{max(1, round(size / 1024))} KB"


@contextmanager
def receive(upload: UploadedFile, name: str) -> Iterator[Received]:
    """Write the upload to `incoming` and flush it; whatever still lies there afterwards is removed.

    Counts the bytes that arrive, not those that were announced. Raises `ActRefused` for none or too many.
    """
    limit = max_bytes()
    path = place_for_part()
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


def publish(received: Received, extension: str) -> str:
    """Give the file its place. Returns the name to store in the row, relative to the root.

    The same content lies there only once. A file that is not what its name says is put right by this copy.
    """
    name = f"documents/{received.sha256[:2]}/{received.sha256}.{extension}"
    target = root() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_file() and _sha256(target) == received.sha256:
        # Young again, so that sweeping leaves it alone until its row is written.
        os.utime(target)
        return name
    received.path.chmod(FILE_MODE)
    received.path.replace(target)
    _flush_folder(target.parent)
    return name


def _flush_folder(folder: Path) -> None:
    """A rename outlives a power cut only when the folder itself is flushed."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place_for_part() -> Path:
    """A path nobody uses in `incoming`, for a file that is being written."""
    folder = root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid.uuid4().hex}.part"


def open_file(version: DocumentVersion) -> OpenedFile:
    """Where a version's file lies and under which name to send it. The caller has asked `visible_to`.

    Raises `ActRefused`, code `file_missing`, when the file is gone or has another length than recorded.
    """
    path = (root() / version.file.name).resolve()
    if not path.is_relative_to(root().resolve()) or not path.is_file() or path.stat().st_size != version.size:
        raise ActRefused(
            _("“%(title)s”的文件缺失或已损坏，请联系系统管理员从备份恢复。")
            % {"title": version.document.title},
            code="file_missing",
        )
    ending = inspection.BY_TYPE[version.content_type].extensions[0]
    title = clean_name(f"{version.document.title}_{version.number}.{ending}")
    return OpenedFile(path, version.content_type, title)


def damaged_files() -> Iterator[DocumentVersion]:
    """Versions whose file is missing or no longer has the recorded content. Reads every file: for `doctor`."""
    for version in DocumentVersion.objects.select_related("document").order_by("pk").iterator(chunk_size=500):
        path = root() / version.file.name
        if not path.is_file() or _sha256(path) != version.sha256:
            yield version


def sweep_orphans(*, older_than: timedelta = timedelta(hours=24), dry_run: bool = False) -> list[str]:
    """Remove files that no row knows: broken-off uploads, files whose row was never written, old previews.

    Files younger than `older_than` are left alone, they may still get their row. Returns the names, relative to the
    root; with `dry_run` nothing is removed.
    """
    before = time.time() - older_than.total_seconds()
    names = []
    for folder in ("incoming", "documents", "previews"):
        for path in sorted((root() / folder).rglob("*")):
            # Asked and removed one by one: between the two a file must not become old news.
            if path.is_file() and _older(path, before) and not _known(path, folder):
                names.append(str(path.relative_to(root())))
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
        return DocumentVersion.objects.filter(sha256=path.stem.partition("-")[0]).exists()
    return DocumentVersion.objects.filter(file=str(path.relative_to(root()))).exists()
