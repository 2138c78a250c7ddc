"""Make the keys of a development machine once: `keys.py var/keys.env`. Production brings its own keys.

A file that exists is left alone: with other keys nothing in the database could be read any more.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

KEY_BYTES = 32  # AES-256 and HMAC-SHA-256


def key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def main(target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        "# 开发环境密钥，由 make setup 生成；丢失后已加密的数据无法恢复。",
        f"SECRET_KEY={secrets.token_urlsafe(50)}",
        f"FIELD_KEYS=k1:{key()}",
        f"BLIND_INDEX_KEY={key()}",
        f"AUDIT_SEAL_KEYS=a1:{key()}",
    )
    # Written beside and moved: a run that is stopped half way leaves no half file, and nobody else reads it.
    draft = target.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write("\n".join(lines) + "\n")
    draft.rename(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
