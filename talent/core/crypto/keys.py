"""Keys by their ids, and one text sealed under one of them: AES-256-GCM, `key id : base64url(nonce + ciphertext)`."""

import base64
import binascii
import hmac
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
NONCE = 12
TAG = 16


class SealBroken(Exception):
    """A sealed value does not open: altered, moved to another row or field, or its key is gone."""


def decoded(name: str, text: Any) -> bytes:
    """The bytes of the key `name` from its base64 `text`; raises `ImproperlyConfigured`, saying what is wrong."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise ImproperlyConfigured(f"{name} 不是有效的 base64，请重新生成。") from None
    if len(key) < KEY_BYTES:
        raise ImproperlyConfigured(f"{name} 只有 {len(key)} 字节，应为 {KEY_BYTES} 字节，请重新生成。")
    return key


def field_key(key_id: str) -> bytes:
    """One of `FIELD_KEYS`, 32 bytes."""
    key = decoded(f"FIELD_KEYS 中的密钥 {key_id}", settings.FIELD_KEYS[key_id])
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"FIELD_KEYS 中的密钥 {key_id} 应为 {KEY_BYTES} 字节，请重新生成。")
    return key


def index_key() -> bytes:
    """`BLIND_INDEX_KEY`, at least 32 bytes."""
    return decoded("BLIND_INDEX_KEY", getattr(settings, "BLIND_INDEX_KEY", None) or "")


def check_keys() -> None:
    """Raise `ImproperlyConfigured`, saying which, when a key is missing, malformed or too short."""
    keys = getattr(settings, "FIELD_KEYS", None)
    if not keys:
        raise ImproperlyConfigured("缺少 FIELD_KEYS：没有字段加密密钥，个人信息无法加密保存。")
    if getattr(settings, "FIELD_KEY_CURRENT", None) not in keys:
        raise ImproperlyConfigured("FIELD_KEY_CURRENT 指定的密钥不在 FIELD_KEYS 中。")
    for key_id in keys:
        if not key_id or ":" in key_id:
            raise ImproperlyConfigured("FIELD_KEYS 的密钥编号不能为空，也不能含冒号。")
        field_key(key_id)
    index = index_key()
    if any(hmac.compare_digest(index, field_key(key_id)) for key_id in keys):
        raise ImproperlyConfigured("BLIND_INDEX_KEY 不能与 FIELD_KEYS 中的密钥相同，请另行生成。")


def seal(text: str, *, context: str) -> str:
    """Encrypt `text` under the current key, bound to `context`. Every call gives another ciphertext."""
    key_id = settings.FIELD_KEY_CURRENT
    if key_id not in settings.FIELD_KEYS:
        raise ImproperlyConfigured("FIELD_KEY_CURRENT 指定的密钥不在 FIELD_KEYS 中。")
    nonce = os.urandom(NONCE)
    closed = AESGCM(field_key(key_id)).encrypt(nonce, text.encode(), context.encode())
    return f"{key_id}:{base64.urlsafe_b64encode(nonce + closed).decode()}"


def unseal(stored: str, *, context: str) -> str:
    """Decrypt what `seal` made; raises `SealBroken` when it was altered, belongs elsewhere or its key is gone."""
    key_id, _colon, body = stored.partition(":")
    if key_id not in settings.FIELD_KEYS:
        # The text before the colon is not repeated: in a row that was never sealed it is personal data.
        raise SealBroken("封存所用的密钥不在 FIELD_KEYS 中，或内容从未封存。")
    try:
        raw = base64.b64decode(body, altchars=b"-_", validate=True)
        return AESGCM(field_key(key_id)).decrypt(raw[:NONCE], raw[NONCE:], context.encode()).decode()
    except (InvalidTag, ValueError):
        raise SealBroken("封存的数据无法打开：内容被改动，或不属于这一行、这一项。") from None
