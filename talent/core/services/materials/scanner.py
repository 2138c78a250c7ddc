"""Asks a malware scanner, when the installation names one (`CLAMD_SOCKET`).

The scan comes after the structural checks: a scanner alone lets active documents through and may take long over
a crafted archive. Configured but not answering means not scanned, and what is not scanned is not taken.
"""

import socket
import struct
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from ..errors import ActRefused

CHUNK = 64 * 1024
SECONDS = 30
LONGEST_ANSWER = 4096


def scan(path: Path, name: str) -> None:
    """Return when `path` is clean or no scanner is configured.

    Raises `ActRefused`, code `infected` for a finding, `scanner` when the scanner gives no clear answer.
    """
    address = getattr(settings, "CLAMD_SOCKET", None)
    if not address:
        return
    try:
        answer = _ask(str(address), path)
    except OSError:
        answer = ""
    if answer == "stream: OK":
        return
    if answer.endswith(" FOUND"):
        raise ActRefused(
            _("“%(name)s”被查出含有恶意程序，未保存。请在本机杀毒后重新生成文件，再上传。") % {"name": name},
            code="infected",
        )
    raise ActRefused(
        _("“%(name)s”暂时无法完成安全扫描，未保存。请稍后重新上传；多次失败请联系系统管理员。")
        % {"name": name},
        code="scanner",
    )


def _ask(address: str, path: Path) -> str:
    """The scanner's answer to one INSTREAM request: chunks with their length in front, an empty one ends it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link, path.open("rb") as file:
        link.settimeout(SECONDS)
        link.connect(address)
        link.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            link.sendall(struct.pack("!I", len(chunk)) + chunk)
        link.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            part = link.recv(LONGEST_ANSWER)
            if not part:
                break
            answer += part
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
