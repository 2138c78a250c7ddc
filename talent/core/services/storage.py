"""Files on disk: sealed, put in their place whole or not at all, opened only by those who know what they belong to.

A file is written to `incoming/*.part`, flushed and renamed, so a crash leaves a part and never half a file. `context`
says what a file belongs to (`document:<row key>`); moved to another row it does not open. Names are relative to
`MEDIA_ROOT`, which lies outside the web root.
"""

import hashlib
import os
import uuid
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from talent.core import crypto

FILE_MODE = 0o640
BLOCK = 1024 * 1024


def root() -> Path:
    """The folder of all files, outside the web root."""
    return Path(settings.MEDIA_ROOT)


def place_for_part() -> Path:
    """A path nobody uses in `incoming`, for a file that is being written."""
    folder = root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid.uuid4().hex}.part"


def place_of(name: str) -> Path | None:
    """Where the file `name` lies; None when there is none, or the name leads out of the folder."""
    path = (root() / name).resolve()
    return path if path.is_relative_to(root().resolve()) and path.is_file() else None


def keep(name: str, content: BinaryIO, *, context: str) -> None:
    """Seal `content` into the place `name`, replacing what lies there, so that it stands also after a power cut."""
    target, part = root() / name, place_for_part()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("xb") as file:
            crypto.seal_file(content, file, context=context)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(FILE_MODE)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    # A rename outlives a power cut only when the folder itself is flushed.
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_kept(name: str, *, context: str) -> BufferedReader:
    """The plain content of `name`, proved whole before its first byte is given out.

    Raises `crypto.SealBroken` when it is missing, altered, cut, or belongs to something else.
    """
    path = place_of(name)
    if path is None:
        raise crypto.SealBroken("文件不存在。")
    with crypto.open_file(path.open("rb"), context=context) as whole:
        while whole.read(BLOCK):
            pass
    return crypto.open_file(path.open("rb"), context=context)


def is_genuine(name: str, sha256: str, *, context: str) -> bool:
    """Whether `name` opens and its plain content has this SHA-256. Reads all of it."""
    path = place_of(name)
    if path is None:
        return False
    digest = hashlib.sha256()
    try:
        with crypto.open_file(path.open("rb"), context=context) as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except crypto.SealBroken:
        return False
    return digest.hexdigest() == sha256


def reseal(name: str, sha256: str, *, context: str) -> bool:
    """Seal `name` again under the current key; a file from before sealing is sealed now. Whether anything changed.

    The old file stays until the new one has taken its place. Raises `crypto.SealBroken` when it does not open, or is
    not sealed and has another content than `sha256` says.
    """
    path = place_of(name)
    if path is None:
        raise crypto.SealBroken("文件不存在。")
    with path.open("rb") as file:
        sealed = file.read(len(crypto.MAGIC)) == crypto.MAGIC
        file.seek(0)
        if not sealed:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                raise crypto.SealBroken("文件从未封存，内容与校验值不符。")
            file.seek(0)
            keep(name, file, context=context)
            return True
        if crypto.sealing_key(file) == settings.FIELD_KEY_CURRENT:
            return False
    with open_kept(name, context=context) as content:
        keep(name, content, context=context)
    return True
