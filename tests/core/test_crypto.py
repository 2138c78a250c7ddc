"""Personal data at rest: sealed to its row and field, masked in sight, found only by its keyed hash."""

import base64
import copy
import logging
import os
import pickle
import traceback
import uuid
from datetime import date
from pathlib import Path

import pytest
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, transaction
from django.forms import modelform_factory
from django.template import Context, Engine

from talent.core import crypto, identifiers
from talent.core.crypto import Sealed, blind_index
from talent.core.models import TalentProfile
from tests import append_only

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
def committed(transactional_db):
    """A database that is really written to, and emptied afterwards."""
    append_only.allow_flush()


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


@pytest.mark.database
class TestStored:
    def test_a_value_comes_back_only_by_revealing_it(self, profile):
        found = TalentProfile.objects.get(pk=profile.pk)
        assert isinstance(found.id_number, Sealed)
        opened = [found.id_number.reveal(), found.mobile.reveal(), found.bank_account.reveal()]
        assert opened == [NUMBER, MOBILE, CARD]

    def test_the_row_holds_the_key_id_and_no_plain_text(self, profile):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {TABLE} WHERE id = %s", [profile.pk])
            row = " ".join(map(str, cursor.fetchone()))
        assert column("id_number", profile.pk).startswith("k1:")
        assert "示例甲" in row, "the row is the one that was written"
        assert not any(plain in row for plain in (NUMBER, MOBILE, CARD, NUMBER[6:14]))

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the database file")
    def test_the_database_file_holds_no_plain_text(self, committed):
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

    def test_a_value_that_was_taken_back_leaves_the_index_of_the_stored_one(self, profile):
        lean = TalentProfile.objects.only("name").get(pk=profile.pk)
        lean.mobile = "13900139000"
        lean.refresh_from_db(fields=["mobile"])
        assert lean.mobile_index == blind_index(TalentProfile, "mobile", MOBILE)
        lean.name = "示例丙"
        lean.save()
        found = TalentProfile.objects.get(mobile_index=blind_index(TalentProfile, "mobile", MOBILE))
        assert (found.name, found.mobile.reveal()) == ("示例丙", MOBILE)

    def test_a_row_loaded_in_part_is_saved_in_part(self, profile):
        for names in (("mobile",), ("mobile_index",), ("name", "mobile", "bank_account")):
            part = TalentProfile.objects.only(*names).get(pk=profile.pk)
            part.full_clean(exclude=[f.name for f in TalentProfile._meta.fields if f.name not in names])
            part.save()
        empty = TalentProfile.objects.create(name="示例乙")
        TalentProfile.objects.only("mobile").get(pk=empty.pk).save()
        found = TalentProfile.objects.get(mobile_index=blind_index(TalentProfile, "mobile", MOBILE))
        assert (found.mobile.reveal(), found.bank_account.reveal()) == (MOBILE, CARD)

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
        write("id_number", "", profile.pk)
        write("id_number_index", "", profile.pk)
        for loaded in serializers.deserialize("json", dump):
            loaded.save()
        found = TalentProfile.objects.get(id_number_index=blind_index(TalentProfile, "id_number", NUMBER))
        assert found.id_number.reveal() == NUMBER


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

    @pytest.mark.parametrize("place", [3, 10, 30, -6])
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
        with pytest.raises(crypto.SealBroken), transaction.atomic():
            profile.save()
        assert not TalentProfile.objects.exists()

    def test_ciphertext_read_as_a_value_is_not_stored_in_another_row(self, profile):
        stored = TalentProfile.objects.values_list("mobile", flat=True).get()
        with pytest.raises(crypto.SealBroken), transaction.atomic():
            TalentProfile.objects.create(name="示例乙", mobile=stored)

    def test_a_row_key_given_as_text_is_the_same_row(self, db):
        key = uuid.uuid4()
        TalentProfile.objects.create(name="示例", row_key=key.hex.upper(), mobile=MOBILE)
        assert TalentProfile.objects.get(row_key=key).mobile.reveal() == MOBILE


@pytest.mark.parametrize("saved", [True, False])
@pytest.mark.django_db
def test_a_value_is_masked_wherever_it_is_printed(saved, caplog):
    profile = TalentProfile(name="示例甲", id_number=NUMBER)
    if saved:
        profile.save()
    with caplog.at_level(logging.INFO):
        logging.getLogger("talent").info("number %s %r", profile.id_number, profile.id_number)
    # An engine without the suite's strictness: here the unknown must render as nothing.
    page = (
        Engine()
        .from_string("{{ p.id_number }}|{{ p.id_number.reveal }}|{% if p.id_number %}有{% endif %}")
        .render(Context({"p": profile}))
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


def test_the_same_value_is_never_sealed_alike_even_in_its_own_row():
    sealed = {crypto.seal(MOBILE, context="core.talentprofile.mobile:1") for _time in range(100)}
    nonces = {base64.urlsafe_b64decode(one.removeprefix("k1:"))[:12] for one in sealed}
    assert (len(sealed), len(nonces)) == (100, 100), "a repeated nonce gives GCM away"


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


@pytest.mark.database
class TestQueries:
    @pytest.mark.parametrize("lookup", ["id_number", "id_number__contains", "id_number__in", "id_number__gt"])
    def test_filtering_by_content_is_refused(self, db, lookup):
        with pytest.raises(FieldError, match="不能按内容查询"):
            TalentProfile.objects.filter(**{lookup: NUMBER}).exists()

    def test_isnull_finds_what_holds_nothing(self, profile):
        empty = TalentProfile.objects.create(name="示例乙")
        assert list(TalentProfile.objects.filter(mobile__isnull=True)) == [empty]
        assert list(TalentProfile.objects.filter(mobile__isnull=False)) == [profile]
        assert list(TalentProfile.objects.exclude(mobile__isnull=True)) == [profile]

    @pytest.mark.parametrize("text", [NUMBER, f"k1:{NUMBER}", "k1:" + "A" * 60])
    def test_update_with_plain_text_is_refused(self, profile, text):
        with pytest.raises(FieldError, match="不能直接写入明文"), transaction.atomic():
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
