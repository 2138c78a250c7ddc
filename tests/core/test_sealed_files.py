"""Uploaded files and letters lie sealed on the disk: each for its own row, in one piece, under a key that can change."""

import base64
import io
import os

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from talent.core import crypto
from talent.core.crypto import files
from talent.core.models import Document, DocumentVersion
from talent.core.services import letters, materials, storage
from talent.core.services.errors import ActRefused
from talent.core.services.materials import previews
from tests import factories
from tests.core import hostile_files
from tests.core.material_world import make_world, path_of

CANARY = b"CANARY-7f3a-not-to-be-found"


@pytest.fixture
def world(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_world()


def marked() -> bytes:
    """A PDF with a word in it that can be searched for."""

    def change(document) -> None:
        document.docinfo["/Canary"] = CANARY.decode()

    return hostile_files.pdf(change=change)


def sealed(content: bytes, context: str = "here") -> bytes:
    out = io.BytesIO()
    crypto.seal_file(io.BytesIO(content), out, context=context)
    return out.getvalue()


def opened(content: bytes, context: str = "here") -> bytes:
    with crypto.open_file(io.BytesIO(content), context=context) as file:
        return file.read()


# --- the format ------------------------------------------------------------------------------------------

CHUNK = files.CHUNK
LENGTHS = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17)


@pytest.mark.parametrize("length", LENGTHS)
def test_whatever_its_length_a_file_comes_back_as_it_went_in(settings, length):
    content = os.urandom(length)
    closed = sealed(content)
    assert opened(closed) == content
    assert len(closed) == crypto.sealed_size(length, settings.FIELD_KEY_CURRENT)
    assert sealed(content) != closed, "every sealing is another"


@pytest.mark.parametrize("at", [0, 4, 5, 7, 30, CHUNK, CHUNK + 60, -1])
def test_one_changed_bit_anywhere_is_noticed(at):
    closed = bytearray(sealed(os.urandom(2 * CHUNK)))
    closed[at] ^= 1
    with pytest.raises(crypto.SealBroken):
        opened(bytes(closed))


def test_chunks_cut_off_left_out_exchanged_or_added_are_noticed():
    whole = sealed(os.urandom(3 * CHUNK))
    start, step = len(whole) - 3 * (CHUNK + files.TAG), CHUNK + files.TAG
    head, chunks = whole[:start], [whole[start + n * step : start + (n + 1) * step] for n in range(3)]
    assert opened(head + b"".join(chunks))
    first, second, third = chunks
    for bent in ([first, second], [first], [], [first, third], [second, first, third], [*chunks, third]):
        with pytest.raises(crypto.SealBroken):
            opened(head + b"".join(bent))


def test_a_file_opens_only_where_it_belongs_and_with_its_key(settings):
    closed = sealed(b"content")
    with pytest.raises(crypto.SealBroken):
        opened(closed, context="elsewhere")
    settings.FIELD_KEYS = {"t2": base64.b64encode(b"u" * 32).decode()}
    with pytest.raises(crypto.SealBroken, match="密钥"):
        opened(closed)
    settings.FIELD_KEYS = {settings.FIELD_KEY_CURRENT: base64.b64encode(b"u" * 32).decode()}
    with pytest.raises(crypto.SealBroken):
        opened(closed)


def test_without_the_binding_a_moved_file_would_open(monkeypatch):
    """Teeth of the test above."""
    honest = files._cipher
    monkeypatch.setattr(files, "_cipher", lambda key_id, salt, _context: honest(key_id, salt, ""))
    assert opened(sealed(b"content"), context="elsewhere") == b"content"


def test_a_long_file_is_read_in_small_pieces():
    """20 MB pass through without ever lying in memory as a whole."""
    asked = []

    class Counted(io.BytesIO):
        def read(self, size=-1):
            asked.append(size)
            return super().read(size)

    source, target = Counted(bytes(20 * 1024 * 1024)), io.BytesIO()
    crypto.seal_file(source, target, context="here")
    target.seek(0)
    length = 0
    with crypto.open_file(target, context="here") as file:
        while block := file.read(100_000):
            length += len(block)
    assert length == 20 * 1024 * 1024
    assert set(asked) == {CHUNK}


# --- documents ----------------------------------------------------------------------------------------------


def test_nothing_of_an_uploaded_file_is_found_on_the_disk(world):
    version = world.store(marked())
    materials.preview_page(version, 1)
    lying = [path for path in storage.root().rglob("*") if path.is_file()]
    assert len(lying) == 2, "the file and the picture of its page"
    for path in lying:
        content = path.read_bytes()
        assert CANARY not in content
        assert b"%PDF" not in content
        assert b"PNG" not in content
    assert CANARY in materials.open_file(version).read()


def test_without_sealing_the_canary_would_be_found(world, monkeypatch):
    monkeypatch.setattr(crypto, "seal_file", lambda source, target, *, context: target.write(source.read()))
    assert CANARY in path_of(world.store(marked())).read_bytes()


def test_a_file_moved_to_another_version_does_not_open(world):
    one, other = world.store(marked()), world.store(marked())
    path_of(other).write_bytes(path_of(one).read_bytes())
    with pytest.raises(ActRefused, match="损坏"):
        materials.open_file(other).open()
    DocumentVersion.objects.filter(pk=other.pk).update(file=one.file.name)
    other.refresh_from_db()
    with pytest.raises(ActRefused, match="损坏"):
        materials.open_file(other).open()
    assert materials.open_file(one).read()


def test_one_changed_byte_is_named_by_the_doctor_and_not_served(world):
    version = world.store(marked())
    whole = path_of(version).read_bytes()
    path_of(version).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ActRefused) as refusal:
        materials.open_file(version).open()
    assert refusal.value.code == "file_damaged"
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)
    assert f"材料版本 {version.pk} 的文件" in out.getvalue()
    path_of(version).write_bytes(whole)
    call_command("doctor", stdout=io.StringIO())


def test_a_picture_that_was_exchanged_is_drawn_anew(world):
    one, other = world.store(hostile_files.pdf(2)), world.store()
    first, second = materials.preview_page(one, 1), materials.preview_page(one, 2)
    of_one, _of_two = sorted(storage.root().glob(f"previews/{one.row_key.hex}-*"))
    of_one.write_bytes(_of_two.read_bytes())
    assert materials.preview_page(one, 1) == first
    assert materials.preview_page(one, 2) == second
    assert materials.preview_page(other, 1)
    assert previews.forget_all() == 3


def test_the_page_serves_the_content_with_its_length(world):
    case = world.case("submitted")
    content = marked()
    line = materials.attach(case.materials.first(), world.store(content), actor=world.talent)
    client = Client()
    client.force_login(world.talent, "django.contrib.auth.backends.ModelBackend")
    response = client.get(f"/files/{case.number}/{line.code}/")
    assert b"".join(response.streaming_content) == content
    assert int(response["Content-Length"]) == len(content)
    assert "no-store" in response["Cache-Control"]
    path_of(line.version).write_bytes(path_of(line.version).read_bytes()[:-1] + b"?")
    assert client.get(f"/files/{case.number}/{line.code}/").status_code == 409


# --- another key --------------------------------------------------------------------------------------------


def rotate() -> str:
    out = io.StringIO()
    call_command("rotate_keys", stdout=out, stderr=out)
    return out.getvalue()


def test_rotation_seals_files_again_and_the_old_key_may_go(world, settings):
    version = world.store(marked())
    materials.preview_page(version, 1)
    settings.FIELD_KEYS = settings.FIELD_KEYS | {"t2": base64.b64encode(b"w" * 32).decode()}
    settings.FIELD_KEY_CURRENT = "t2"
    assert CANARY in materials.open_file(version).read(), "the old key still opens"
    assert "材料文件：共 1 份，重新封存 1 份" in rotate()
    assert "材料文件：共 1 份，重新封存 0 份" in rotate()
    settings.FIELD_KEYS = {"t2": settings.FIELD_KEYS["t2"]}
    assert CANARY in materials.open_file(version).read()
    assert list(materials.damaged_files()) == []


def test_a_file_from_before_sealing_is_sealed_by_the_rotation_when_it_is_the_right_one(world):
    version, other = world.store(marked()), world.store()
    path_of(version).write_bytes(materials.open_file(version).read())
    with pytest.raises(ActRefused):
        materials.open_file(version)
    rotate()
    assert CANARY in materials.open_file(version).read()
    path_of(other).write_bytes(b"something else")
    with pytest.raises(CommandError, match="有 1 处无法打开"):
        rotate()


# --- letters --------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:unclosed file.*sRGB2014:ResourceWarning")
def test_a_letter_is_sealed_for_its_row_and_a_changed_one_is_not_served(world, settings):
    case = world.case("submitted")
    world.bureau.letter_prefix = "济组"
    world.bureau.save()
    one, other = (
        letters.render(
            letters.issue(case, letters.Receipt.of(case), issuer=world.bureau, actor=world.officer)
        )
        for _turn in range(2)
    )
    where = [storage.root() / letter.pdf.name for letter in (one, other)]
    assert b"%PDF" not in where[0].read_bytes()
    with letters.open_pdf(one) as file:
        assert file.read(5) == b"%PDF-"
    where[1].write_bytes(where[0].read_bytes())
    assert (letters.is_whole(one), letters.is_whole(other)) == (True, False)
    with pytest.raises(ActRefused, match="损坏"):
        letters.open_pdf(other)
    settings.FIELD_KEYS = settings.FIELD_KEYS | {"t2": base64.b64encode(b"w" * 32).decode()}
    settings.FIELD_KEY_CURRENT = "t2"
    assert letters.reseal(one)
    settings.FIELD_KEYS = {"t2": settings.FIELD_KEYS["t2"]}
    assert letters.is_whole(one)


def test_a_copy_for_another_document_is_sealed_for_it(world):
    version = world.store(factories.pdf().read())
    document = Document.objects.create(profile=world.profile, type_code="award", title="获奖证书")
    other = materials.copy(version, document=document, actor=world.talent)
    assert materials.open_file(other).read() == materials.open_file(version).read()
    assert path_of(other) != path_of(version)
