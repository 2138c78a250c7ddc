"""Keys and declarations of sealed fields: what is refused at start, and moving every row to another key."""

import base64
import io
import os
import uuid
from datetime import date

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter

from talent.core import crypto, identifiers
from talent.core.crypto import BlindIndexField, SealedField, blind_index
from talent.core.management.commands.rotate_keys import sealed_models
from talent.core.models import TalentProfile

MOBILE = "13800138000"
TABLE = TalentProfile._meta.db_table


def number(serial: int) -> str:
    return identifiers.make_resident_id(date(1990, 1, 1), serial)


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(autouse=True)
def keys(settings):
    settings.FIELD_KEYS = {"k1": new_key()}
    settings.FIELD_KEY_CURRENT = "k1"
    settings.BLIND_INDEX_KEY = new_key()
    return settings


def column(name: str, pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {TABLE} WHERE id = %s", [pk])
        return cursor.fetchone()[0]


def add_key(settings) -> None:
    settings.FIELD_KEYS = {**settings.FIELD_KEYS, "k2": new_key()}
    settings.FIELD_KEY_CURRENT = "k2"


def rotate() -> str:
    out = io.StringIO()
    call_command("rotate_keys", "--batch", "2", stdout=out, stderr=out)
    return out.getvalue()


# --- declaration -------------------------------------------------------------------------------------------


def test_fields_deconstruct_to_what_made_them():
    _name, path, args, kwargs = TalentProfile._meta.get_field("id_number").deconstruct()
    assert (path, args, kwargs["mask"]) == ("talent.core.crypto.SealedField", [], "identity")
    assert SealedField(*args, **kwargs).deconstruct()[3] == kwargs
    _name, path, args, kwargs = TalentProfile._meta.get_field("id_number_index").deconstruct()
    assert (path, args, kwargs) == ("talent.core.crypto.BlindIndexField", [], {"source": "id_number"})
    dotted = BlindIndexField(source="id_number", normaliser="talent.core.identifiers.normalise")
    assert "normaliser='talent.core.identifiers.normalise'" in MigrationWriter.serialize(dotted)[0]


def declared(name: str, **fields) -> type[models.Model]:
    """A model that exists for one test only."""
    meta = type("Meta", (), {"app_label": "core"})
    try:
        return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
    finally:
        apps.all_models["core"].pop(name.lower(), None)
        apps.clear_cache()


def row_key() -> models.UUIDField:
    return models.UUIDField(default=uuid.uuid4, unique=True)


@pytest.mark.parametrize(
    ("name", "fields", "found"),
    [
        ("Keyless", lambda: {"secret": SealedField()}, ["core.E001"]),
        ("KeyedLate", lambda: {"secret": SealedField(), "row_key": row_key()}, ["core.E001"]),
        ("Keyed", lambda: {"row_key": row_key(), "secret": SealedField()}, []),
    ],
)
def test_a_model_without_a_row_key_before_its_sealed_field_is_reported(name, fields, found):
    assert [error.id for error in declared(name, **fields())._meta.get_field("secret").check()] == found


def test_another_normaliser_can_be_named():
    model = declared(
        "Reversed",
        row_key=row_key(),
        secret=SealedField(),
        secret_index=BlindIndexField(source="secret", normaliser=lambda text: text[::-1]),
    )
    assert model(secret="ab").secret_index == blind_index(model, "secret", "ab")
    assert blind_index(model, "secret", "ab") != blind_index(model, "secret", "AB")


# --- keys --------------------------------------------------------------------------------------------------


def test_complete_keys_are_accepted():
    crypto.check_keys()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"FIELD_KEYS": {}}, "缺少 FIELD_KEYS"),
        ({"FIELD_KEY_CURRENT": "k2"}, "FIELD_KEY_CURRENT"),
        ({"FIELD_KEYS": {"k1": "不是密钥"}}, "k1 不是有效的 base64"),
        ({"FIELD_KEYS": {"k1": base64.b64encode(b"x" * 16).decode()}}, "只有 16 字节"),
        ({"FIELD_KEYS": {"k1": base64.b64encode(b"x" * 33).decode()}}, "应为 32 字节"),
        ({"FIELD_KEYS": {"k:1": new_key()}, "FIELD_KEY_CURRENT": "k:1"}, "冒号"),
        ({"BLIND_INDEX_KEY": ""}, "BLIND_INDEX_KEY 只有 0 字节"),
        ({"BLIND_INDEX_KEY": "%"}, "BLIND_INDEX_KEY 不是有效的 base64"),
    ],
)
def test_a_missing_or_short_key_is_named(keys, changes, sentence):
    for name, value in changes.items():
        setattr(keys, name, value)
    with pytest.raises(ImproperlyConfigured, match=sentence):
        crypto.check_keys()


def test_the_index_has_a_key_of_its_own(keys):
    keys.BLIND_INDEX_KEY = keys.FIELD_KEYS["k1"]
    with pytest.raises(ImproperlyConfigured, match="不能与"):
        crypto.check_keys()


def test_nothing_is_sealed_without_a_current_key(keys):
    keys.FIELD_KEY_CURRENT = "k2"
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEY_CURRENT"):
        TalentProfile(mobile=MOBILE)


# --- rotation ------------------------------------------------------------------------------------------------


@pytest.mark.database
class TestRotation:
    @pytest.fixture
    def people(self, db):
        return [TalentProfile.objects.create(name=f"示例{n}", id_number=number(n)) for n in range(5)]

    def test_every_row_moves_to_the_current_key_and_the_old_one_can_go(self, people, keys):
        add_key(keys)
        indexes = [one.id_number_index for one in people]
        said = rotate()
        assert "共 5 行，重新封存 5 行，无法打开 0 行" in said
        keys.FIELD_KEYS = {"k2": keys.FIELD_KEYS["k2"]}
        found = TalentProfile.objects.order_by("pk")
        assert [one.id_number.key_id for one in found] == ["k2"] * 5
        assert [one.id_number_index for one in found] == indexes
        assert [one.id_number.reveal() for one in found] == [number(n) for n in range(5)]
        assert not any(one.id_number.reveal() in said for one in found)

    def test_a_second_run_changes_nothing(self, people, keys):
        add_key(keys)
        rotate()
        before = [column("id_number", one.pk) for one in people]
        assert "共 5 行，重新封存 0 行" in rotate()
        assert [column("id_number", one.pk) for one in people] == before

    def test_rotation_is_not_a_change_of_the_person(self, people, keys):
        add_key(keys)
        rotate()
        assert TalentProfile.objects.get(pk=people[0].pk).updated_at == people[0].updated_at

    def test_a_new_index_key_is_carried_through(self, people, keys):
        keys.BLIND_INDEX_KEY = new_key()
        index = blind_index(TalentProfile, "id_number", people[3].id_number.reveal())
        assert not TalentProfile.objects.filter(id_number_index=index).exists()
        rotate()
        assert TalentProfile.objects.get(id_number_index=index) == people[3]

    def test_a_row_that_does_not_open_stops_nothing_and_is_reported_by_number(self, people, keys):
        with connection.cursor() as cursor:
            moved = [column("id_number", people[0].pk), people[1].pk]
            cursor.execute(f"UPDATE {TABLE} SET id_number = %s WHERE id = %s", moved)
        add_key(keys)
        out = io.StringIO()
        with pytest.raises(CommandError, match="有 1 处无法打开"):
            call_command("rotate_keys", stdout=out, stderr=out)
        assert f"第 {people[1].pk} 行无法打开" in out.getvalue()
        keys_used = [one.id_number.key_id for one in TalentProfile.objects.order_by("pk")]
        assert keys_used == ["k2", "k1", "k2", "k2", "k2"]

    def test_without_proper_keys_nothing_is_begun(self, people, keys):
        keys.FIELD_KEY_CURRENT = "k2"
        with pytest.raises(CommandError, match="FIELD_KEY_CURRENT"):
            rotate()

    def test_every_model_with_a_sealed_field_is_walked(self):
        declared_fields = {
            (model, field.name)
            for model in apps.get_models(include_auto_created=True)
            for field in model._meta.local_concrete_fields
            if isinstance(field, SealedField)
        }
        walked = {(model, name) for model, names in sealed_models().items() for name in names}
        assert walked == declared_fields
        assert (TalentProfile, "id_number") in walked
