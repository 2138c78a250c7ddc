"""Personal data at rest: sealed to its row and field, masked in sight, found only by its keyed hash."""

import base64
import copy
import io
import logging
import os
import pickle
import traceback
import uuid
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.core import serializers
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.forms import modelform_factory
from django.template import Context, Template

from talent.core import crypto, identifiers
from talent.core.crypto import BlindIndexField, Sealed, SealedField, blind_index
from talent.core.models import TalentProfile

NUMBER = identifiers.make_resident_id(date(1990, 3, 7), 21)
OTHER = identifiers.make_resident_id(date(1991, 4, 8), 32)
MOBILE = "13800138000"
CARD = identifiers.make_bank_card(1)
MASKED = "370***********" + NUMBER[-4:]
TABLE = TalentProfile._meta.db_table


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(autouse=True)
def keys(settings):
    settings.FIELD_KEYS = {"k1": new_key()}
    settings.FIELD_KEY_CURRENT = "k1"
    settings.BLIND_INDEX_KEY = new_key()
    return settings


@pytest.fixture
def profile(db):
    return TalentProfile.objects.create(name="示例甲", id_number=NUMBER, mobile=MOBILE, bank_account=CARD)


def column(name: str, pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {TABLE} WHERE id = %s", [pk])
        return cursor.fetchone()[0]


def write(name: str, value: str, pk: int) -> None:
    """Past the application, as somebody with the database would."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET {name} = %s WHERE id = %s", [value, pk])


def add_key(settings) -> None:
    settings.FIELD_KEYS = {**settings.FIELD_KEYS, "k2": new_key()}
    settings.FIELD_KEY_CURRENT = "k2"


def rotate() -> str:
    out = io.StringIO()
    call_command("rotate_keys", "--batch", "2", stdout=out, stderr=out)
    return out.getvalue()


# --- what is stored ------------------------------------------------------------------------------------


@pytest.mark.database
class TestStored:
    def test_a_value_comes_back_only_by_revealing_it(self, profile):
        found = TalentProfile.objects.get(pk=profile.pk)
        assert isinstance(found.id_number, Sealed)
        assert (found.id_number.reveal(), found.mobile.reveal(), found.bank_account.reveal()) == (
            NUMBER,
            MOBILE,
            CARD,
        )

    def test_the_row_holds_the_key_id_and_no_plain_text(self, profile):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {TABLE} WHERE id = %s", [profile.pk])
            row = " ".join(map(str, cursor.fetchone()))
        assert column("id_number", profile.pk).startswith("k1:")
        assert "示例甲" in row, "the row is the one that was written"
        assert not any(plain in row for plain in (NUMBER, MOBILE, CARD, NUMBER[6:14]))

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the database file")
    def test_the_database_file_holds_no_plain_text(self):
        marker = f"marker{uuid.uuid4().hex}"
        TalentProfile.objects.create(name=marker, id_number=NUMBER, mobile=MOBILE, bank_account=CARD)
        main = Path(connection.settings_dict["NAME"])
        files = [path for path in main.parent.glob(f"{main.name}*") if path.is_file()]
        held = b"".join(path.read_bytes() for path in files)
        assert marker.encode() in held, "what is not sealed is found in the file"
        assert not any(plain.encode() in held for plain in (NUMBER, MOBILE, CARD))

    def test_two_rows_of_one_value_differ_in_ciphertext_and_agree_in_index(self, profile):
        second = TalentProfile.objects.create(name="示例乙", mobile=MOBILE)
        first = TalentProfile.objects.get(pk=profile.pk)
        assert first.mobile.stored != second.mobile.stored
        assert first.mobile_index == second.mobile_index != ""

    def test_nothing_is_stored_as_nothing(self, db):
        for empty in ({}, {"mobile": ""}, {"mobile": None}):
            found = TalentProfile.objects.get(pk=TalentProfile.objects.create(name="示例", **empty).pk)
            assert (found.mobile, found.mobile_index, column("mobile", found.pk)) == (None, "", "")

    def test_bulk_create_seals_and_indexes(self, db):
        TalentProfile.objects.bulk_create(
            [TalentProfile(name="甲", id_number=NUMBER), TalentProfile(name="乙", id_number=OTHER)]
        )
        found = TalentProfile.objects.get(id_number_index=blind_index(TalentProfile, "id_number", OTHER))
        assert (found.name, found.id_number.reveal()) == ("乙", OTHER)

    def test_bulk_update_seals_and_indexes(self, profile):
        profile.mobile = "13900139000"
        TalentProfile.objects.bulk_update([profile], ["mobile", "mobile_index"])
        found = TalentProfile.objects.get(mobile_index=blind_index(TalentProfile, "mobile", "13900139000"))
        assert found.mobile.reveal() == "13900139000"

    def test_update_fields_writes_the_named_field_and_leaves_the_others(self, profile):
        before = column("id_number", profile.pk)
        profile.mobile, profile.id_number = "13900139000", OTHER
        profile.save(update_fields=["mobile", "mobile_index"])
        found = TalentProfile.objects.get(pk=profile.pk)
        assert (found.mobile.reveal(), found.id_number.reveal()) == ("13900139000", NUMBER)
        assert column("id_number", profile.pk) == before

    def test_update_fields_without_the_index_is_refused(self, profile):
        profile.mobile = "13900139000"
        with pytest.raises(FieldError, match="mobile_index"):
            profile.save(update_fields=["mobile"])
        assert TalentProfile.objects.get(pk=profile.pk).mobile.reveal() == MOBILE

    def test_saving_again_keeps_what_was_not_touched(self, profile):
        found = TalentProfile.objects.get(pk=profile.pk)
        before = column("id_number", profile.pk)
        found.name = "示例丙"
        found.save()
        assert column("id_number", profile.pk) == before

    def test_emptying_a_field_empties_its_index(self, profile):
        profile.mobile = ""
        profile.save()
        found = TalentProfile.objects.get(pk=profile.pk)
        assert (found.mobile, found.mobile_index) == (None, "")

    def test_deferred_fields_load_when_asked_for(self, profile):
        lean = TalentProfile.objects.only("name").get(pk=profile.pk)
        assert {"id_number", "row_key"} <= lean.get_deferred_fields()
        assert lean.id_number.reveal() == NUMBER
        assert TalentProfile.objects.only("id_number").get(pk=profile.pk).id_number.reveal() == NUMBER
        assert TalentProfile.objects.defer("mobile").get(pk=profile.pk).mobile_index == profile.mobile_index

    def test_a_deferred_row_can_be_given_a_new_value(self, profile):
        lean = TalentProfile.objects.only("name").get(pk=profile.pk)
        lean.mobile = "13900139000"
        lean.save()
        found = TalentProfile.objects.get(mobile_index=blind_index(TalentProfile, "mobile", "13900139000"))
        assert (found.mobile.reveal(), found.id_number.reveal()) == ("13900139000", NUMBER)

    def test_refreshing_drops_what_was_assigned(self, profile):
        profile.mobile = "13900139000"
        profile.refresh_from_db()
        assert profile.mobile.reveal() == MOBILE
        profile.mobile = "13900139000"
        profile.refresh_from_db(fields=["mobile", "mobile_index"])
        assert (profile.mobile.reveal(), profile.mobile_index) == (
            MOBILE,
            blind_index(TalentProfile, "mobile", MOBILE),
        )

    def test_full_clean_does_not_put_the_mask_in_place_of_the_number(self, profile):
        profile.full_clean()
        profile.save()
        assert TalentProfile.objects.get(pk=profile.pk).id_number.reveal() == NUMBER

    def test_full_clean_finds_a_double_before_it_is_saved(self, profile):
        with pytest.raises(ValidationError, match="已有人才档案"):
            TalentProfile(name="示例乙", id_number=f" {NUMBER[:6]} {NUMBER[6:]}").full_clean()
        TalentProfile(name="示例乙", id_number=OTHER).full_clean()

    def test_a_dump_holds_ciphertext_and_loads_again(self, profile):
        dump = serializers.serialize("json", [profile])
        assert "k1:" in dump
        assert NUMBER not in dump
        TalentProfile.objects.all().delete()
        for loaded in serializers.deserialize("json", dump):
            loaded.save()
        found = TalentProfile.objects.get(id_number_index=blind_index(TalentProfile, "id_number", NUMBER))
        assert found.id_number.reveal() == NUMBER


# --- what does not open --------------------------------------------------------------------------------


@pytest.mark.database
class TestMoved:
    def test_a_ciphertext_moved_to_another_row_does_not_open(self, profile):
        other = TalentProfile.objects.create(name="示例乙", id_number=OTHER)
        write("id_number", column("id_number", profile.pk), other.pk)
        moved = TalentProfile.objects.get(pk=other.pk).id_number
        with pytest.raises(crypto.SealBroken):
            moved.reveal()
        # The twin: bound to the row it came from the same text opens.
        assert crypto.unseal(moved.stored, context=profile.id_number.context) == NUMBER

    def test_a_ciphertext_moved_to_another_field_does_not_open(self, profile):
        write("mobile", column("id_number", profile.pk), profile.pk)
        found = TalentProfile.objects.get(pk=profile.pk)
        with pytest.raises(crypto.SealBroken):
            found.mobile.reveal()
        assert found.id_number.reveal() == NUMBER

    @pytest.mark.parametrize("place", [3, 10, 30, -3])
    def test_an_altered_ciphertext_does_not_open(self, profile, place):
        stored = column("id_number", profile.pk)
        sign = "A" if stored[place] != "A" else "B"
        write("id_number", stored[:place] + sign + stored[place:][1:], profile.pk)
        with pytest.raises(crypto.SealBroken):
            TalentProfile.objects.get(pk=profile.pk).id_number.reveal()

    @pytest.mark.parametrize("stored", [NUMBER, "k1:", "k1:AAAA", "k1:不是密文", ":", "k9:AAAA"])
    def test_what_was_never_sealed_does_not_open_and_is_not_repeated(self, profile, stored):
        write("id_number", stored, profile.pk)
        found = TalentProfile.objects.get(pk=profile.pk).id_number
        with pytest.raises(crypto.SealBroken) as broken:
            found.reveal()
        assert stored not in "".join(traceback.format_exception_only(broken.value)) or stored == ":"

    def test_a_value_does_not_open_without_its_key(self, profile, keys):
        add_key(keys)
        assert TalentProfile.objects.get(pk=profile.pk).id_number.reveal() == NUMBER
        keys.FIELD_KEYS = {"k2": keys.FIELD_KEYS["k2"]}
        with pytest.raises(crypto.SealBroken):
            TalentProfile.objects.get(pk=profile.pk).id_number.reveal()

    def test_another_key_under_the_same_name_does_not_open(self, profile, keys):
        keys.FIELD_KEYS = {"k1": new_key()}
        with pytest.raises(crypto.SealBroken):
            TalentProfile.objects.get(pk=profile.pk).id_number.reveal()

    def test_a_damaged_row_is_shown_as_such_and_logged_without_its_content(self, profile, caplog):
        write("id_number", NUMBER, profile.pk)
        assert str(TalentProfile.objects.get(pk=profile.pk).id_number) == "（无法打开）"
        assert str(profile.row_key) in caplog.text
        assert NUMBER not in caplog.text

    def test_a_value_given_to_another_row_is_sealed_anew_for_it(self, profile):
        other = TalentProfile.objects.create(
            name="示例乙", mobile=profile.mobile, bank_account=profile.mobile
        )
        found = TalentProfile.objects.get(pk=other.pk)
        assert (found.mobile.reveal(), found.bank_account.reveal()) == (MOBILE, MOBILE)

    def test_a_row_key_changed_after_the_value_was_given_is_refused_at_once(self, db):
        profile = TalentProfile(name="示例", bank_account=CARD)
        profile.row_key = uuid.uuid4()
        with pytest.raises(crypto.SealBroken):
            profile.save()
        assert not TalentProfile.objects.exists()

    def test_a_row_key_given_as_text_is_the_same_row(self, db):
        key = uuid.uuid4()
        TalentProfile.objects.create(name="示例", row_key=key.hex.upper(), mobile=MOBILE)
        assert TalentProfile.objects.get(row_key=key).mobile.reveal() == MOBILE


# --- what is seen ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("saved", [True, False])
@pytest.mark.django_db
def test_a_value_is_masked_wherever_it_is_printed(saved, caplog):
    profile = TalentProfile(name="示例甲", id_number=NUMBER)
    if saved:
        profile.save()
    with caplog.at_level(logging.INFO):
        logging.getLogger("talent").info("number %s %r", profile.id_number, profile.id_number)
    page = Template("{{ p.id_number }}|{{ p.id_number.reveal }}|{% if p.id_number %}有{% endif %}").render(
        Context({"p": profile})
    )
    shown = [
        str(profile.id_number),
        f"{profile.id_number}",
        f"{profile.id_number:>20}",
        repr(profile.id_number),
    ]
    assert all(MASKED in text for text in (*shown, page, caplog.text))
    assert page == f"{MASKED}||有", "a template cannot open it"
    assert NUMBER not in "".join((*shown, page, caplog.text))
    assert (str(profile.mobile), bool(profile.id_number)) == ("None", True)


def test_no_copy_pickle_or_attribute_of_a_row_holds_plain_text():
    profile = TalentProfile(name="示例甲", id_number=NUMBER)
    assert NUMBER not in repr(profile.__dict__)
    assert NUMBER.encode() not in pickle.dumps(profile)
    assert NUMBER.encode() not in pickle.dumps(profile.id_number)
    for copied in (copy.copy(profile), copy.deepcopy(profile), pickle.loads(pickle.dumps(profile))):  # noqa: S301 - own
        assert copied.id_number.reveal() == NUMBER
        assert copied.id_number_index == blind_index(TalentProfile, "id_number", NUMBER)
    assert pickle.loads(pickle.dumps(profile.id_number)).reveal() == NUMBER  # noqa: S301 - own


def test_a_number_is_compared_without_opening_it():
    sealed = TalentProfile(id_number=NUMBER).id_number
    assert sealed.matches(f"{NUMBER[:6]} {NUMBER[6:]}")
    assert not sealed.matches(OTHER)
    assert sealed != NUMBER, "only matches() compares with plain text"


def test_only_text_can_be_sealed():
    with pytest.raises(TypeError, match="only text"):
        TalentProfile(mobile=13800138000)


def test_forms_do_not_offer_a_sealed_field():
    form = modelform_factory(TalentProfile, fields="__all__")()
    assert not {"id_number", "mobile", "bank_account", "id_number_index", "row_key"} & form.fields.keys()
    assert "name" in form.fields


# --- queries -----------------------------------------------------------------------------------------------


@pytest.mark.database
class TestQueries:
    @pytest.mark.parametrize("lookup", ["id_number", "id_number__contains", "id_number__in", "id_number__gt"])
    def test_filtering_by_content_is_refused(self, db, lookup):
        with pytest.raises(FieldError, match="已加密|加密字段"):
            TalentProfile.objects.filter(**{lookup: NUMBER}).exists()

    def test_isnull_finds_what_holds_nothing(self, profile):
        empty = TalentProfile.objects.create(name="示例乙")
        assert list(TalentProfile.objects.filter(mobile__isnull=True)) == [empty]
        assert list(TalentProfile.objects.filter(mobile__isnull=False)) == [profile]
        assert list(TalentProfile.objects.exclude(mobile__isnull=True)) == [profile]

    @pytest.mark.parametrize("text", [NUMBER, f"k1:{NUMBER}", "k1:" + "A" * 60])
    def test_update_with_plain_text_is_refused(self, profile, text):
        with pytest.raises(FieldError, match="不能直接写入明文"):
            TalentProfile.objects.update(id_number=text)
        assert TalentProfile.objects.get(pk=profile.pk).id_number.reveal() == NUMBER

    def test_values_give_ciphertext(self, profile):
        assert TalentProfile.objects.values_list("id_number", flat=True).get().startswith("k1:")

    def test_a_person_is_found_by_the_exact_number_however_it_is_typed(self, profile):
        wide = "".join(chr(ord(sign) + 0xFEE0) for sign in NUMBER)
        for typed in (NUMBER, f" {NUMBER} ", wide, NUMBER.lower()):
            index = blind_index(TalentProfile, "id_number", typed)
            assert TalentProfile.objects.get(id_number_index=index) == profile
        assert not TalentProfile.objects.filter(
            id_number_index=blind_index(TalentProfile, "id_number", OTHER)
        ).exists()


def test_the_index_is_a_keyed_hash_of_its_own_field(keys):
    index = blind_index(TalentProfile, "mobile", MOBILE)
    assert len(index) == 64
    assert index == blind_index(TalentProfile, "mobile_index", MOBILE)
    assert index != blind_index(TalentProfile, "bank_account", MOBILE)
    keys.BLIND_INDEX_KEY = new_key()
    assert index != blind_index(TalentProfile, "mobile", MOBILE)
    assert blind_index(TalentProfile, "mobile", " ") == ""


def test_a_field_without_an_index_cannot_be_searched():
    with pytest.raises(LookupError, match="no blind index"):
        blind_index(TalentProfile, "name", "示例甲")


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
        return [
            TalentProfile.objects.create(
                name=f"示例{n}", id_number=identifiers.make_resident_id(date(1990, 1, 1), n)
            )
            for n in range(5)
        ]

    def test_every_row_moves_to_the_current_key_and_the_old_one_can_go(self, people, keys):
        add_key(keys)
        indexes = [one.id_number_index for one in people]
        said = rotate()
        assert "共 5 行，重新封存 5 行，无法打开 0 行" in said
        keys.FIELD_KEYS = {"k2": keys.FIELD_KEYS["k2"]}
        found = TalentProfile.objects.order_by("pk")
        assert [one.id_number.key_id for one in found] == ["k2"] * 5
        assert [one.id_number_index for one in found] == indexes
        assert [one.id_number.reveal() for one in found] == [
            identifiers.make_resident_id(date(1990, 1, 1), n) for n in range(5)
        ]
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
        write("id_number", column("id_number", people[0].pk), people[1].pk)
        add_key(keys)
        out = io.StringIO()
        with pytest.raises(CommandError, match="有 1 行无法打开"):
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
        walked = {(model, name) for model, names in crypto.sealed_models().items() for name in names}
        assert walked == declared_fields
        assert (TalentProfile, "id_number") in walked
