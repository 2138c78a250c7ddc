"""Sealed fields and their blind indexes.

A value is sealed by `keys.seal`; the model, the field and the row's `row_key` are authenticated with it, so a
ciphertext moved to another row or field does not open (GB/T 22239-2019 8.1.4.8). Equality is searched by a keyed
hash beside the value, never by the value. Renaming a model or a sealed field therefore needs a data migration that
opens and seals again.
"""

import base64
import hashlib
import hmac
import logging
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import IsNull
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import pre_save
from django.utils.module_loading import import_string

from talent.core import identifiers

from .keys import NONCE, TAG, SealBroken, index_key, seal, unseal

logger = logging.getLogger(__name__)
# The name migrations know the fields by, wherever in this package they are written.
_PATH = "talent.core.crypto"


def _looks_sealed(text: str) -> bool:
    key_id, _colon, body = text.partition(":")
    if key_id not in settings.FIELD_KEYS:
        return False
    try:
        return len(base64.b64decode(body, altchars=b"-_", validate=True)) >= NONCE + TAG
    except ValueError:
        return False


class _Stored(str):
    """Ciphertext. Only this type, never a plain `str`, reaches the database."""

    __slots__ = ()


class _Fresh(_Stored):
    """Ciphertext of a value assigned since the row was loaded: its blind index has to be made anew."""

    __slots__ = ()


class Sealed:
    """A sealed value as pages see it: `str()` is the masked form, `reveal()` the plain one.

    Holds ciphertext only, so a copy, a pickle or a traceback shows no plain text. Call `reveal()` through
    `services.people.reveal`, which records who looked and why.
    """

    __slots__ = ("context", "mask", "stored")

    def __init__(self, stored: str, *, context: str, mask: str) -> None:
        self.stored, self.context, self.mask = stored, context, mask

    def reveal(self) -> str:
        """The plain text. Raises `SealBroken`."""
        return unseal(self.stored, context=self.context)

    # Templates call what they find; this one they must not.
    reveal.alters_data = True

    def matches(self, text: str) -> bool:
        """Whether the plain text and `text` are the same number, whatever their spacing, width or case."""
        mine, other = identifiers.normalise(self.reveal()), identifiers.normalise(str(text))
        return hmac.compare_digest(mine.encode(), other.encode())

    matches.alters_data = True

    @property
    def key_id(self) -> str:
        return self.stored.partition(":")[0]

    def __str__(self) -> str:
        try:
            return identifiers.mask(self.mask, self.reveal())
        except SealBroken:
            # One damaged row must not take a whole list down; the log says which (a row key is no personal data).
            logger.error("sealed value does not open: %s", self.context)
            return "（无法打开）"

    def __repr__(self) -> str:
        return f"<Sealed {self}>"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __bool__(self) -> bool:
        return True


class _SealedAttribute(DeferredAttribute):
    """Reads as `Sealed` or None; a plain string written to it is sealed at once and not kept."""

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        stored = super().__get__(instance, cls)
        if instance is None:
            return stored
        return Sealed(stored, context=self.field.context(instance), mask=self.field.mask) if stored else None

    def __set__(self, instance: models.Model, value: Any) -> None:
        if isinstance(value, Sealed):
            # Taken from another row or field it would not open here.
            own = value.context == self.field.context(instance)
            value = value.stored if own else value.reveal()
        if value is None or value == "":
            value = ""
        elif not isinstance(value, str):
            raise TypeError(f"{self.field.name}: only text can be sealed, not {type(value).__name__}")
        elif not isinstance(value, _Stored):
            value = _Fresh(seal(value, context=self.field.context(instance)))
        self._keep(instance.__dict__, value)

    def _keep(self, data: dict[str, Any], value: str) -> None:
        name, loading = self.field.attname, self.field.attname not in data and type(value) is _Stored
        if loading or data.get(name) != value:
            data[name] = value
            for index in () if loading else _indexes(self.field.model, self.field.name):
                # Another value, another index: made when read, or for a stored value loaded again.
                data.pop(index.attname, None)
                if type(value) is not _Stored:
                    data[index.attname] = ""


class _HoldsNothing(IsNull):
    """`isnull` of a sealed field: an empty value is stored as an empty string."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        sql, params = self.process_lhs(compiler, connection)
        empty = f"({sql} IS NULL OR {sql} = '')"
        return (empty if self.rhs else f"NOT {empty}"), [*params, *params]


class SealedField(models.TextField):
    """Text encrypted at rest. The model declares, before it, `row_key` (a unique UUID) that binds values to rows.

    mask: which masking of `identifiers.mask` pages show. Not offered by forms, not searchable: filters other than
    `isnull` and `update()` with plain text raise `FieldError`. A row is copied by assigning its `Sealed` values.
    """

    descriptor_class = _SealedAttribute

    def __init__(self, *args: Any, mask: str = "text", **kwargs: Any) -> None:
        self.mask = mask
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, f"{_PATH}.{path.rpartition('.')[2]}", args, kwargs | {"mask": self.mask}

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        names = [field.name for field in self.model._meta.concrete_fields]
        found = super().check(**kwargs)
        if "row_key" not in names[: names.index(self.name)]:
            found.append(
                checks.Error("加密字段之前须声明 row_key（唯一的 UUID）。", obj=self, id="core.E001")
            )
        return found

    def context(self, instance: models.Model) -> str:
        """What a value of this field in this row is bound to."""
        return f"{self.model._meta.label_lower}.{self.name}:{uuid.UUID(str(instance.row_key))}"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return _Stored(value) if value else ""

    def to_python(self, value: Any) -> Any:
        """Keep seals as they are (`full_clean`), recognise ciphertext (fixtures); other text is plain."""
        if isinstance(value, str) and not isinstance(value, _Stored) and _looks_sealed(value):
            return _Stored(value)
        return value

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = getattr(model_instance, self.attname)
        if value is None:
            return ""
        if add or isinstance(value.stored, _Fresh):
            value.reveal()  # ciphertext of another row, or a row_key changed since, is refused before it is stored
        return value.stored

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, Sealed):
            value = value.stored
        if value is None or value == "":
            return ""
        if not isinstance(value, _Stored):
            raise FieldError(f"{self.name} 是加密字段，只能通过对象保存，不能直接写入明文。")
        return str(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return _HoldsNothing
        raise FieldError(f"{self.name} 是加密字段，不能按内容查询；精确查找请用 blind_index。")

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.pre_save(obj, add=False))

    def formfield(self, **kwargs: Any) -> None:
        return None


class _IndexAttribute(DeferredAttribute):
    """Reads as the index of what the source holds now, so uniqueness is checked before saving too."""

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        if instance is None:
            return self
        current = instance.__dict__.get(self.field.source)
        if current == "":
            return ""
        if isinstance(current, _Fresh):
            return self.field.of(instance)
        return super().__get__(instance, cls)

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value or ""


class BlindIndexField(models.CharField):
    """A keyed hash of a sealed field's plain text, for exact search and uniqueness; empty when that is empty.

    source: name of the sealed field; normaliser: callable or dotted path, `identifiers.normalise` if not given. Made
    when the source is assigned; `save(update_fields=…)` and `bulk_update` must name both.
    """

    descriptor_class = _IndexAttribute

    def __init__(
        self, *args: Any, source: str, normaliser: Callable[[str], str] | str | None = None, **kwargs: Any
    ) -> None:
        self.source, self.normaliser = source, normaliser
        kwargs |= {"max_length": 64, "editable": False, "blank": True, "default": "", "db_index": True}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("max_length", "editable", "blank", "default", "db_index"):
            kwargs.pop(fixed, None)
        kwargs["source"] = self.source
        if self.normaliser is not None:
            kwargs["normaliser"] = self.normaliser
        return name, f"{_PATH}.{path.rpartition('.')[2]}", args, kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        pre_save.connect(self._refuse_half_an_update, sender=cls)

    def _refuse_half_an_update(
        self, instance: models.Model, update_fields: Iterable[str] | None = None, **_rest: Any
    ) -> None:
        # A number saved without its index would be found under its old value and doubled under its new one.
        half = update_fields is not None and self.source in update_fields and self.name not in update_fields
        if half and type(instance.__dict__.get(self.source)) is not _Stored:
            raise FieldError(f"update_fields 含 {self.source} 时须同时包含 {self.name}。")

    def digest(self, text: str) -> str:
        """The index of plain `text`: HMAC-SHA256 over its normal form, different for each model and field."""
        normalise = import_string(self.normaliser) if isinstance(self.normaliser, str) else self.normaliser
        normal = (normalise or identifiers.normalise)(text)
        if not normal:
            return ""
        message = f"{self.model._meta.label_lower}.{self.source}:{normal}"
        return hmac.new(index_key(), message.encode(), hashlib.sha256).hexdigest()

    def of(self, instance: models.Model) -> str:
        """The index of what the source of `instance` holds, computed from its plain text."""
        value = getattr(instance, self.source)
        return "" if value is None else self.digest(value.reveal())

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = getattr(model_instance, self.attname)
        model_instance.__dict__[self.attname] = value
        return value


def _indexes(model: type[models.Model], name: str) -> list[BlindIndexField]:
    """The blind indexes of `model` that are named `name` or made from the field `name`."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, BlindIndexField) and name in (field.name, field.source)
    ]


def blind_index(model: type[models.Model], field_name: str, text: str) -> str:
    """What to filter an index column by to find exactly `text`; `field_name` is the sealed field or its index.

    Raises `LookupError` when the field has no blind index.
    """
    for field in _indexes(model, field_name):
        return field.digest(text)
    raise LookupError(f"{model._meta.label}.{field_name} has no blind index")


def reseal(instance: models.Model, field_names: Iterable[str]) -> bool:
    """Seal the named fields again under the current key and renew their indexes. Returns whether anything changed.

    Writes the row directly: no signals, no `auto_now`, for nothing happened to the person. The caller holds the lock on
    the row. Raises `SealBroken` when a value does not open, even one already under the current key.
    """
    changed: dict[str, Any] = {}
    for name in field_names:
        value = getattr(instance, name)
        if value is None:
            continue
        plain = value.reveal()
        for index in _indexes(type(instance), name):
            digest = index.digest(plain)
            if getattr(instance, index.attname) != digest:
                changed[index.name] = digest
        if value.key_id != settings.FIELD_KEY_CURRENT:
            setattr(instance, name, plain)
            changed[name] = getattr(instance, name)
    if changed:
        type(instance)._base_manager.filter(pk=instance.pk).update(**changed)
    return bool(changed)
