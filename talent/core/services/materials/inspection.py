"""Is this file what it says, whole, and quiet? Asked of every upload before it gets a name in the vault.

Cheap signs first (name, signature, both ends), then the structure, opened by `reader` in a bounded process, then
the malware scan. Every refusal is one sentence: which file, what is wrong, what to do.
"""

import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import puremagic
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..errors import ActRefused
from . import scanner

MOST_PAGES = 300
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 20_000
SECONDS = 40
HEAD = 4096
READER = Path(__file__).with_name("reader.py")


@dataclass(frozen=True)
class Format:
    """A format that is taken: its label on pages, extensions (the first names the stored file) and MIME type."""

    label: str
    extensions: tuple[str, ...]
    content_type: str
    signature: bytes


PDF = Format("PDF", ("pdf",), "application/pdf", b"%PDF-")
JPEG = Format("JPG", ("jpg", "jpeg"), "image/jpeg", b"\xff\xd8\xff")
PNG = Format("PNG", ("png",), "image/png", b"\x89PNG\r\n\x1a\n")
FORMATS = (PDF, JPEG, PNG)
BY_TYPE = {kind.content_type: kind for kind in FORMATS}

REFUSALS = {
    "empty": gettext_lazy("“%(name)s”是空文件，没有内容。请检查原文件后重新上传。"),
    "too_large": gettext_lazy("“%(name)s”超过 %(limit)s，不能上传。请降低扫描分辨率或压缩后再传。"),
    "no_extension": gettext_lazy(
        "“%(name)s”没有扩展名，无法判断格式。请将文件另存为 PDF、JPG 或 PNG 后上传。"
    ),
    "office": gettext_lazy("“%(name)s”是可编辑的办公文档，不能作为材料。请在办公软件中另存为 PDF 后上传。"),
    "archive": gettext_lazy("“%(name)s”是压缩包，不能上传。请解压后将其中的材料逐份上传。"),
    "picture": gettext_lazy("“%(name)s”的图片格式不能上传。请在手机或电脑上另存为 JPG 或 PNG 后上传。"),
    "extension": gettext_lazy("“%(name)s”的格式不能上传，只接收 PDF、JPG、PNG。请转换格式后上传。"),
    "program": gettext_lazy("“%(name)s”的内容是程序或脚本，不是材料，未保存。请上传材料的扫描件或照片。"),
    "content": gettext_lazy(
        "“%(name)s”的内容不是有效的 %(label)s 文件。请用原软件打开确认，重新导出后上传。"
    ),
    "mismatch": gettext_lazy(
        "“%(name)s”的内容是 %(real)s，扩展名却是 %(label)s。请改正扩展名或重新导出后上传。"
    ),
    "leading": gettext_lazy("“%(name)s”的文件开头有多余内容，不是规范的 %(label)s。请重新导出或扫描后上传。"),
    "trailing": gettext_lazy(
        "“%(name)s”的末尾附有多余数据（如动态照片或拼接的文件）。请截图、另存或重新导出后上传。"
    ),
    "polyglot": gettext_lazy("“%(name)s”里夹带了另一种格式的文件，未保存。请重新导出或扫描后上传。"),
    "truncated": gettext_lazy(
        "“%(name)s”不完整，末尾缺失，可能没有传完。请重新上传；仍不成功请重新导出文件。"
    ),
    "damaged": gettext_lazy("“%(name)s”的内部结构已损坏，无法打开。请重新导出或扫描后上传。"),
    "encrypted": gettext_lazy("“%(name)s”设有密码或使用限制，审查人员打不开。请取消密码和限制后上传。"),
    "no_pages": gettext_lazy("“%(name)s”里没有任何页面。请检查原文件后重新导出。"),
    "pages": gettext_lazy("“%(name)s”超过 %(pages)s 页，不能上传。请拆分为几份后分别上传。"),
    "script": gettext_lazy("“%(name)s”含有脚本，未保存。请用“打印为 PDF”重新生成后上传。"),
    "open_action": gettext_lazy(
        "“%(name)s”设有打开时自动执行的动作，未保存。请用“打印为 PDF”重新生成后上传。"
    ),
    "launch": gettext_lazy(
        "“%(name)s”会启动程序、提交表单或调用外部文件，未保存。请用“打印为 PDF”重新生成后上传。"
    ),
    "embedded": gettext_lazy("“%(name)s”里嵌有附件，未保存。请将附件单独上传，并去掉附件后重新导出。"),
    "media": gettext_lazy("“%(name)s”含有音频、视频或三维内容，未保存。请用“打印为 PDF”重新生成后上传。"),
    "xfa": gettext_lazy("“%(name)s”是动态表单，无法稳定显示。请用“打印为 PDF”重新生成后上传。"),
    "link": gettext_lazy("“%(name)s”含有指向程序或本机文件的链接，未保存。请删除该链接后重新导出。"),
    "complex": gettext_lazy("“%(name)s”的内部结构过于复杂，无法安全打开。请用“打印为 PDF”重新生成后上传。"),
    "pixels": gettext_lazy("“%(name)s”的像素过多（长乘宽超过 %(pixels)s 万）。请降低分辨率后上传。"),
    "animated": gettext_lazy("“%(name)s”是动画图片，只接收静态图片。请截取一帧另存后上传。"),
}
_KINDS_OF_EXTENSION = {
    "office": "doc docx docm dot dotx xls xlsx xlsm ppt pptx wps et dps odt ods rtf txt csv ofd",
    "archive": "zip rar 7z gz tar bz2 xz tgz iso",
    "picture": "heic heif gif bmp tif tiff webp svg",
}
_SIGNATURES = {
    b"MZ": "program",
    b"\x7fELF": "program",
    b"#!": "program",
    b"PK\x03\x04": "content",
}
_MARKUP = re.compile(rb"<script|<\?php|<html|<!doctype html", re.IGNORECASE)
_IN_PICTURE = re.compile(rb"<script|<\?php|<html|%PDF-[12]\.", re.IGNORECASE)
# In the coded part of a JPEG, 0xFF is followed by a stuffed zero or a restart mark; anything else ends it.
_NEXT_MARK = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


@dataclass(frozen=True)
class Findings:
    """An acceptable file: its format and how many pages it has (1 for a picture)."""

    format: Format
    pages: int


def refuse(code: str, name: str, **facts) -> ActRefused:
    """The refusal `code` as an exception to raise, its sentence filled in."""
    return ActRefused(REFUSALS[code] % {"name": name, **facts}, code=code)


def format_of(name: str) -> Format:
    """The format that the extension of `name` promises; raises `ActRefused` when it is not one that is taken."""
    stem, dot, extension = name.rpartition(".")
    extension = extension.lower()
    if not dot or not stem or not extension:
        raise refuse("no_extension", name)
    for kind in FORMATS:
        if extension in kind.extensions:
            return kind
    for code, extensions in _KINDS_OF_EXTENSION.items():
        if extension in extensions.split():
            raise refuse(code, name)
    raise refuse("extension", name)


def inspect(path: Path, name: str, *, pages: int | None = None) -> Findings:
    """What the file at `path`, called `name`, is. Raises `ActRefused` with the reason when it is not acceptable.

    pages: how many the very same content had when it was opened before; it is then not opened again.
    """
    promised = format_of(name)
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise refuse("empty", name)
    _require_signature(head, promised, name)
    if zipfile.is_zipfile(path):
        raise refuse("polyglot", name)
    if pages is None and promised is PDF:
        _require_pdf_ends(path, head, name)
        pages = ask_reader("inspect_pdf", path, str(MOST_PAGES), name=name)["pages"]
    elif pages is None:
        _require_picture_ends(path.read_bytes(), promised, name)
        pages = ask_reader("inspect_image", path, "JPEG" if promised is JPEG else "PNG", name=name)["pages"]
    # Signatures of harmful files grow by the day: the scanner sees known content again.
    scanner.scan(path, name)
    return Findings(promised, pages)


def _require_signature(head: bytes, promised: Format, name: str) -> None:
    if head.startswith(promised.signature):
        try:
            seen = {match.mime_type for match in puremagic.magic_string(head)}
        except puremagic.PureError:
            seen = set()
        if promised.content_type not in seen:
            raise refuse("content", name, label=promised.label)
        return
    for other in FORMATS:
        if head.startswith(other.signature):
            raise refuse("mismatch", name, label=promised.label, real=other.label)
    for signature, code in _SIGNATURES.items():
        if head.startswith(signature):
            raise refuse(code, name, label=promised.label)
    if _MARKUP.search(head[:1024]):
        raise refuse("program", name)
    # Readers forgive junk before the signature, which is how two files hide in one.
    if promised.signature in head:
        raise refuse("leading", name, label=promised.label)
    raise refuse("content", name, label=promised.label)


def _require_pdf_ends(path: Path, head: bytes, name: str) -> None:
    if not re.match(rb"%PDF-[12]\.[0-9]", head):
        raise refuse("content", name, label=PDF.label)
    if _MARKUP.search(head[:1024]):
        raise refuse("polyglot", name)
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - HEAD))
        tail = file.read()
    _before, mark, after = tail.rpartition(b"%%EOF")
    if not mark:
        # The mark may stand before more junk than we look at; then the file goes on where it should end.
        raise refuse("trailing" if b"%%EOF" in path.read_bytes() else "truncated", name)
    if after.strip(b"\r\n\t \0"):
        raise refuse("trailing", name)


def _require_picture_ends(content: bytes, promised: Format, name: str) -> None:
    measure: Callable = _measure_jpeg if promised is JPEG else _measure_png
    try:
        width, height, end = measure(content)
    except (struct.error, IndexError, ValueError):
        raise refuse("truncated", name) from None
    if width < 1 or height < 1:
        raise refuse("damaged", name)
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise refuse("pixels", name, pixels=MOST_PIXELS // 10_000)
    # A camera may append a second picture of the same moment (CIPA DC-007); each must be whole as well.
    while promised is JPEG and content[end : end + 3] == JPEG.signature:
        try:
            wide, tall, more = _measure_jpeg(content[end:])
        except (struct.error, IndexError, ValueError):
            raise refuse("truncated", name) from None
        if wide * tall > MOST_PIXELS:
            raise refuse("pixels", name, pixels=MOST_PIXELS // 10_000)
        end += more
    if content[end:].strip(b"\0"):
        raise refuse("trailing", name)
    if _IN_PICTURE.search(content):
        raise refuse("polyglot", name)


def _measure_jpeg(content: bytes) -> tuple[int, int, int]:
    """Width, height and where the picture ends; `ValueError` or `IndexError` when it does not end."""
    at, width, height = 2, 0, 0
    while True:
        if content[at] != 0xFF:
            raise ValueError
        mark = content[at + 1]
        if mark == 0xFF:
            at += 1
        elif mark == 0xD9:
            return width, height, at + 2
        elif mark == 0x01 or 0xD0 <= mark <= 0xD7:
            at += 2
        else:
            (length,) = struct.unpack_from(">H", content, at + 2)
            if length < 2:
                raise ValueError
            if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
                height, width = struct.unpack_from(">HH", content, at + 5)
            at += 2 + length
            if mark == 0xDA:
                found = _NEXT_MARK.search(content, at)
                if found is None:
                    raise ValueError
                at = found.start()


def _measure_png(content: bytes) -> tuple[int, int, int]:
    """Width, height and where the picture ends; `struct.error` or `ValueError` when it does not end."""
    at = len(PNG.signature)
    if content[at + 4 : at + 8] != b"IHDR":
        raise ValueError
    width, height = struct.unpack_from(">II", content, at + 8)
    while True:
        (length,) = struct.unpack_from(">I", content, at)
        kind = content[at + 4 : at + 8]
        at += 12 + length
        if at > len(content):
            raise ValueError
        if kind == b"IEND":
            return width, height, at


def ask_reader(task: str, path: Path | str, *arguments: str, name: str, content: bytes = b"") -> dict:
    """The bounded process' answer about `path`. Raises `ActRefused` when it refuses, breaks or takes too long.

    With `reader.PIPE` for a path it reads `content`, so that a sealed file need not lie open on the disk.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(READER), task, str(path), *arguments],
            capture_output=True,
            input=content,
            # Nothing of our environment: it holds the keys.
            env={"LANG": "C.UTF-8"},
            cwd="/",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise refuse("complex", name) from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise refuse("complex", name) from None
    code = answer.get("refused")
    if code == "no_such_page":
        raise ActRefused(_("“%(name)s”没有这一页。") % {"name": name}, code=code)
    if code:
        raise refuse(code, name, pages=MOST_PAGES)
    return answer
