"""The one place that knows ciphers: sealed fields, sealed files, blind indexes, key ids (个人信息保护法 art. 51)."""

from .fields import BlindIndexField, Sealed, SealedField, blind_index, reseal
from .files import MAGIC, open_file, seal_file, sealed_size, sealing_key
from .keys import KEY_BYTES, SealBroken, check_keys, seal, unseal

__all__ = [
    "KEY_BYTES", "MAGIC", "BlindIndexField", "SealBroken", "Sealed", "SealedField", "blind_index", "check_keys", "open_file",
    "reseal", "seal", "seal_file", "sealed_size", "sealing_key", "unseal",
]  # fmt: skip
