"""Files sealed in chunks: whatever their length, no more than one chunk of plain text is held in memory.

Layout: `TSF1`, length of the key id, key id, 16 random bytes, then chunks of 64 KiB, each AES-256-GCM. A key of its
own is derived for every file from the field key, the random bytes and the context (HKDF-SHA256), so nonces may simply
count; the last chunk is marked in its nonce. Chunks that are altered, exchanged, left out or cut off do not open, and
a whole file put in the place of another does not either. The header is authenticated with every chunk.
"""

import io
import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from .keys import KEY_BYTES, NONCE, TAG, SealBroken, field_key

MAGIC = b"TSF1"
CHUNK = 64 * 1024
_SALT = 16


def _cipher(key_id: str, salt: bytes, context: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=f"file:{context}".encode())
    return AESGCM(derived.derive(field_key(key_id)))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(NONCE - 1, "big") + bytes([last])


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """(number, bytes, whether it is the last) of `source`; an empty file has one empty chunk."""
    number, chunk = 0, source.read(size)
    while True:
        following = source.read(size) if len(chunk) == size else b""
        yield number, chunk, not following
        if not following:
            return
        number, chunk = number + 1, following


def seal_file(source: BinaryIO, target: BinaryIO, *, context: str) -> None:
    """Copy `source` to `target`, sealed under the current key and bound to `context`."""
    key_id, salt = settings.FIELD_KEY_CURRENT, os.urandom(_SALT)
    name = key_id.encode()
    header = MAGIC + bytes([len(name)]) + name + salt
    cipher = _cipher(key_id, salt, context)
    target.write(header)
    for number, chunk, last in _chunks(source, CHUNK):
        target.write(cipher.encrypt(_nonce(number, last), chunk, header))


def sealed_size(size: int, key_id: str) -> int:
    """How many bytes `size` bytes take when sealed under `key_id`."""
    chunks = max(1, -(-size // CHUNK))
    return len(MAGIC) + 1 + len(key_id.encode()) + _SALT + size + chunks * TAG


def _header(source: BinaryIO) -> tuple[bytes, str, bytes]:
    """The header, the key id and the random bytes; raises `SealBroken` for a file that was never sealed."""
    start = source.read(len(MAGIC) + 1)
    if len(start) != len(MAGIC) + 1 or not start.startswith(MAGIC):
        raise SealBroken("文件从未封存，或开头已损坏。")
    name, salt = source.read(start[-1]), source.read(_SALT)
    key_id = name.decode("utf-8", "replace")
    if key_id not in settings.FIELD_KEYS:
        raise SealBroken("封存文件所用的密钥不在 FIELD_KEYS 中。")
    return start + name + salt, key_id, salt


def sealing_key(source: BinaryIO) -> str:
    """The id of the key `source` is sealed under. Raises `SealBroken` when there is none or it is gone."""
    return _header(source)[1]


class _Opened(io.RawIOBase):
    """The plain text of a sealed file, opened chunk by chunk while it is read."""

    def __init__(self, source: BinaryIO, context: str) -> None:
        super().__init__()
        self._source = source
        self._header, key_id, salt = _header(source)
        self._cipher = _cipher(key_id, salt, context)
        self._sealed = _chunks(source, CHUNK + TAG)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self._rest:
            try:
                number, chunk, last = next(self._sealed)
            except StopIteration:
                return 0
            try:
                self._rest = self._cipher.decrypt(_nonce(number, last), chunk, self._header)
            except (InvalidTag, ValueError):
                raise SealBroken("封存的文件无法打开：内容被改动、被截断，或属于另一份材料。") from None
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)

    def close(self) -> None:
        self._source.close()
        super().close()


def open_file(source: BinaryIO, *, context: str) -> io.BufferedReader:
    """A stream of the plain text of `source`, which it closes with itself.

    Raises `SealBroken`, here or while reading, when the file was altered, cut, moved or its key is gone: what has been
    read until then is genuine, and the end is reached only when all of it is.
    """
    return io.BufferedReader(_Opened(source, context), CHUNK)
