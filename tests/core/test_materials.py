"""A document is handed in once, checked before it is kept, and kept whole."""

import hashlib
import os
import re
import resource
import socket
import threading
from contextlib import suppress
from datetime import date, timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from PIL import Image

from talent.core import roles
from talent.core.models import (
    AuditEntry,
    Case,
    Document,
    DocumentVersion,
    TalentProfile,
    User,
)
from talent.core.services import materials, storage
from talent.core.services.errors import ActRefused, NotAllowed
from talent.core.services.materials import inspection, reader, uploads
from tests.core import hostile_files
from tests.core.material_world import (
    NUMBERS,
    appoint,
    make_world,
    path_of,
    stored_files,
)


@pytest.fixture
def world(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_world()


# --- what is taken and what is not -----------------------------------------------------------------


@pytest.mark.parametrize("sample", hostile_files.samples(), ids=lambda sample: sample.label)
def test_a_hostile_file_is_refused_with_its_own_reason_and_leaves_nothing(world, sample):
    with pytest.raises(ActRefused) as refusal:
        world.store(sample.content, sample.name)
    assert refusal.value.code == sample.code
    sentence = str(refusal.value)
    assert re.search("请.+。$", sentence), "the sentence says what to do"
    assert "“" in sentence, "the sentence names the file"
    assert not re.search("[A-Za-z]{2,}", re.sub("“[^”]*”|PDF|JPG|PNG|MB", "", sentence)), (
        "the sentence is Chinese"
    )
    assert not DocumentVersion.objects.exists()
    assert not Document.objects.exists()
    assert not AuditEntry.objects.filter(action="document_uploaded").exists()
    assert stored_files() == []


def test_there_are_at_least_28_hostile_samples_with_a_reason_each():
    samples = hostile_files.samples()
    assert len(samples) >= 28
    assert all(sample.code in inspection.REFUSALS for sample in samples)
    untried = inspection.REFUSALS.keys() - {sample.code for sample in samples}
    assert untried == {"too_large"}, "every reason is tried; the size has a test of its own"


@pytest.mark.parametrize("sample", hostile_files.good_files(), ids=lambda sample: sample.label)
def test_a_good_file_is_taken_as_it_is(world, sample):
    version = world.store(sample.content, sample.name)
    digest = hashlib.sha256(sample.content).hexdigest()
    assert (version.sha256, version.size) == (digest, len(sample.content))
    assert version.file.name.startswith("documents/")
    assert materials.open_file(version).read() == sample.content
    assert materials.preview_page(version, 1).startswith(b"\x89PNG")
    assert list(materials.damaged_files()) == []


def test_a_file_may_be_as_long_as_the_limit_and_no_longer(world, settings):
    content = hostile_files.pdf()
    settings.UPLOAD_MAX_BYTES = len(content)
    assert world.store(content).size == len(content)
    settings.UPLOAD_MAX_BYTES = len(content) - 1
    with pytest.raises(ActRefused, match="超过 1 KB") as refusal:
        world.store(content)
    assert refusal.value.code == "too_large"


def test_the_bytes_that_arrive_are_counted_not_those_announced(world, settings):
    settings.UPLOAD_MAX_BYTES = 100
    upload = SimpleUploadedFile("证书.pdf", hostile_files.pdf())
    upload.size = 10
    with pytest.raises(ActRefused, match="超过"):
        materials.store_upload(
            upload, owner=world.profile, type_code="degree", title="学位证书", actor=world.talent
        )
    assert stored_files() == []


def test_a_file_that_explodes_takes_no_more_memory_than_the_bound(world):
    assert world.store(hostile_files.packed_pdf(1 << 20)).pages == 1, "it is a sound file when it is small"
    with pytest.raises(ActRefused):
        world.store(hostile_files.packed_pdf(2 << 30))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 <= reader.MEMORY


def test_the_process_that_opens_strangers_files_knows_no_key(world, monkeypatch, tmp_path):
    spy = tmp_path / "spy.py"
    spy.write_text("import os, json; print(json.dumps({'pages': 1, 'seen': sorted(os.environ)}))")
    monkeypatch.setattr(inspection, "READER", spy)
    monkeypatch.setenv("FIELD_KEYS", "secret")
    seen = inspection.ask_reader("inspect_pdf", tmp_path / "a", name="a")["seen"]
    assert "FIELD_KEYS" not in seen


@pytest.mark.parametrize("script", ["import time; time.sleep(30)", "import os; os.abort()", "print('half')"])
def test_a_reader_that_hangs_or_dies_means_refused(world, monkeypatch, tmp_path, script):
    broken = tmp_path / "broken.py"
    broken.write_text(script)
    monkeypatch.setattr(inspection, "READER", broken)
    monkeypatch.setattr(inspection, "SECONDS", 0.5)
    with pytest.raises(ActRefused, match="过于复杂"):
        world.store()
    assert stored_files() == []


def test_content_that_was_opened_before_is_not_opened_again_and_any_other_is(world, monkeypatch, tmp_path):
    content = hostile_files.pdf(2)
    first = world.store(content)
    broken = tmp_path / "broken.py"
    broken.write_text("import os; os.abort()")
    monkeypatch.setattr(inspection, "READER", broken)
    assert world.store(content).pages == first.pages == 2
    with pytest.raises(ActRefused, match="过于复杂"):
        world.store(hostile_files.pdf(3))


def test_truncated_and_bent_files_raise_nothing_but_refusals(world):
    taken = []
    for content, name in ((hostile_files.pdf(2), "证书.pdf"), (hostile_files.picture(), "照片.jpg")):
        for turn in range(12):
            at = len(content) * (turn + 1) // 13
            for bent in (
                content[:at],
                content[:at] + bytes([content[at] ^ (1 << turn % 8)]) + content[at + 1 :],
            ):
                # Anything but a refusal fails the test, also when what was taken cannot be drawn.
                with suppress(ActRefused):
                    taken.append(world.store(bent, name))
    assert all(materials.preview_page(version, 1) for version in taken)
    assert len(taken) < 24


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("../../etc/证书.pdf", "证书.pdf"),
        ("C:\\资料\\证书.pdf", "证书.pdf"),
        ("证\u202e书\u200b\0.pdf", "证书.pdf"),
        ("身份证370811191001010013.pdf", "身份证（号码已隐去）.pdf"),
        ("１３８００００００００手机.pdf", "（号码已隐去）手机.pdf"),
        ("a<b>:c?.pdf", "a_b__c_.pdf"),
        ("  .. ", "未命名"),
        ("长" * 200 + ".pdf", "长" * 116 + ".pdf"),
        ("", "未命名"),
    ],
)
def test_a_file_name_is_only_a_name(raw, clean):
    assert materials.clean_name(raw) == clean


# --- the scanner -----------------------------------------------------------------------------------


@pytest.fixture
def scanner(settings, tmp_path):
    """A scanner that answers as told and remembers what it was sent."""
    heard = SimpleNamespace(answer=b"stream: OK\0", content=b"", command=b"")
    address = f"/tmp/scan-{os.getpid()}-{next(NUMBERS)}"  # noqa: S108 a socket's path must be short
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()

    def serve() -> None:
        while True:
            try:
                link, _address = server.accept()
            except OSError:
                return
            with link, link.makefile("rb") as sent:
                heard.command, heard.content = sent.read(10), b""
                while size := int.from_bytes(sent.read(4), "big"):
                    heard.content += sent.read(size)
                link.sendall(heard.answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    settings.CLAMD_SOCKET = address
    yield heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)
    os.unlink(address)


def test_a_clean_file_is_scanned_whole_and_taken(world, scanner):
    content = hostile_files.picture("PNG", size=(600, 600))
    assert world.store(content, "图.png").pk
    assert scanner.command == b"zINSTREAM\0"
    assert scanner.content == content


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"stream: Eicar-Signature FOUND\0", "infected"),
        (b"INSTREAM size limit exceeded. ERROR\0", "scanner"),
        (b"", "scanner"),
        (b"stream: OK not quite\0", "scanner"),
    ],
)
def test_what_the_scanner_does_not_call_clean_is_not_taken(world, scanner, answer, code):
    scanner.answer = answer
    with pytest.raises(ActRefused) as refusal:
        world.store()
    assert refusal.value.code == code
    assert stored_files() == []


def test_a_scanner_that_is_named_but_away_means_not_taken(world, settings, tmp_path):
    settings.CLAMD_SOCKET = str(tmp_path / "nobody")
    with pytest.raises(ActRefused, match="安全扫描") as refusal:
        world.store()
    assert refusal.value.code == "scanner"
    settings.CLAMD_SOCKET = None
    assert world.store().pk, "without a scanner the structural checks stand alone"


# --- versions and files ----------------------------------------------------------------------------


def test_a_further_upload_is_the_next_version_and_the_same_content_is_the_same_version(world):
    content = hostile_files.pdf(2)
    first = world.store(content, valid_until=date(2030, 1, 1))
    second = world.store(document=first.document, valid_until=date(2031, 1, 1))
    assert (first.number, second.number) == (1, 2)
    assert second.document.valid_until == date(2031, 1, 1)
    assert world.store(content, "别名.pdf", document=first.document) == first
    assert DocumentVersion.objects.count() == 2
    assert first.document.current == second


def test_the_same_content_on_another_document_is_a_file_of_its_own(world):
    content = hostile_files.pdf()
    one, other = world.store(content), world.store(content)
    assert one.document != other.document
    assert path_of(one).read_bytes() != path_of(other).read_bytes(), "sealed for each version"
    assert len(stored_files()) == 2
    assert world.store(content, document=one.document) == one
    assert len(stored_files()) == 2, "the same version is not kept twice"


def test_two_uploads_at_once_cannot_have_one_number(world):
    first = world.store()
    with pytest.raises(IntegrityError):
        DocumentVersion.objects.create(document=first.document, number=1, size=1, uploaded_by=world.talent)


def test_an_upload_is_audited_without_name_or_number(world):
    version = world.store(name="身份证370811191001010013.pdf", title="证件370811191001010013")
    entry = AuditEntry.objects.get(action="document_uploaded")
    assert entry.detail == {"version": 1, "type": "degree", "sha256": version.sha256[:16]}
    assert entry.subject == f"document:{version.document_id}"
    assert "3708" not in version.document.title + version.original_name


def test_a_new_version_stays_with_owner_and_type(world):
    version = world.store()
    stranger = User.objects.create(username="m-other", name="他人")
    other = TalentProfile.objects.create(user=stranger, name="他人")
    with pytest.raises(NotAllowed):
        world.store(owner=other, actor=stranger, document=version.document)
    with pytest.raises(ActRefused, match="类型不同"):
        world.store(document=version.document, type_code="award")
    assert DocumentVersion.objects.count() == 1


def test_only_ones_own_side_adds_to_ones_documents(world):
    stranger = User.objects.create(username="m-stranger", name="路人")
    for owner in (world.profile, world.employer):
        with pytest.raises(NotAllowed, match="上传材料"):
            world.store(owner=owner, actor=stranger)
    with pytest.raises(NotAllowed):
        world.store(actor=world.officer)
    world.case(Case.Status.SUBMITTED)
    assert world.store(actor=world.officer).pk, "intake takes paper at the counter"
    appoint(stranger, roles.HR, world.employer)
    assert world.store(owner=world.employer, actor=stranger).document.organisation == world.employer


def test_without_the_question_a_stranger_could_add(world, monkeypatch):
    monkeypatch.setattr(uploads, "_require_right", lambda owner, actor: None)
    assert world.store(actor=User.objects.create(username="m-stranger", name="路人")).pk


def test_a_crash_between_file_and_row_leaves_an_orphan_that_sweeping_finds(world, monkeypatch):
    kept = world.store()

    def power_cut(*_args, **_facts):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(uploads.audit, "record", power_cut)
        with pytest.raises(SystemExit):
            world.store()
    assert DocumentVersion.objects.count() == 1
    assert len(stored_files()) == 2
    part = storage.place_for_part()
    part.write_bytes(b"half")
    assert materials.sweep_orphans() == [], "young files may still get their row"
    later = {"older_than": timedelta(0)}
    assert len(materials.sweep_orphans(dry_run=True, **later)) == 2
    swept = materials.sweep_orphans(**later)
    assert f"incoming/{part.name}" in swept
    assert stored_files() == [kept.file.name]
    assert materials.sweep_orphans(**later) == []


def test_a_changed_or_missing_file_is_reported_and_not_served(world):
    one, other = world.store(), world.store()
    whole = path_of(one).read_bytes()
    path_of(one).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    path_of(other).unlink()
    assert list(materials.damaged_files()) == [one, other]
    with pytest.raises(ActRefused, match="损坏") as refusal:
        materials.open_file(one).open()
    assert refusal.value.code == "file_damaged"
    with pytest.raises(ActRefused, match="缺失") as refusal:
        materials.open_file(other)
    assert refusal.value.code == "file_missing"


def test_the_same_content_puts_a_changed_file_right(world):
    content = hostile_files.pdf(3)
    version = world.store(content)
    path_of(version).write_bytes(b"x" * version.size)
    assert list(materials.damaged_files()) == [version]
    assert world.store(content, document=version.document) == version
    assert list(materials.damaged_files()) == []


def test_a_row_that_points_out_of_the_vault_opens_nothing(world, tmp_path):
    version = world.store()
    outside = tmp_path / "secret.pdf"
    outside.write_bytes(b"x" * version.size)
    DocumentVersion.objects.filter(pk=version.pk).update(file="../secret.pdf")
    version.refresh_from_db()
    with pytest.raises(ActRefused):
        materials.open_file(version)


def test_a_file_is_sent_under_a_harmless_name(world):
    kept = materials.open_file(world.store(title='学位/证书"\r\n'))
    assert kept.read().startswith(b"%PDF")
    assert kept.content_type == "application/pdf"
    assert kept.name == "证书__1.pdf"


# --- previews --------------------------------------------------------------------------------------


def test_a_page_is_drawn_once_in_a_bounded_size(world, monkeypatch):
    version = world.store(hostile_files.pdf(2))
    first = materials.preview_page(version, 2)
    with Image.open(BytesIO(first)) as drawn:
        assert drawn.width == 900
    monkeypatch.setattr(inspection, "ask_reader", None)
    assert materials.preview_page(version, 2) == first, "the second time it is read, not drawn"
    with pytest.raises(ActRefused, match="共 2 页"):
        materials.preview_page(version, 3)
    with pytest.raises(ActRefused):
        materials.preview_page(version, 0)


def test_width_and_height_of_a_preview_have_bounds(world):
    tall = hostile_files.pdf(change=lambda document: document.add_blank_page(page_size=(10, 14000)))
    with Image.open(BytesIO(materials.preview_page(world.store(tall), 2))) as drawn:
        assert drawn.height <= reader.TALLEST
    with Image.open(BytesIO(materials.preview_page(world.store(), 1, width=99_999))) as drawn:
        assert drawn.width == 1600


def test_a_photograph_is_shown_upright_and_without_its_camera_data(world):
    camera = Image.Exif()
    camera[reader.ORIENTATION] = 6
    camera[0x010F] = "camera of somebody"
    photo = hostile_files.picture(size=(1200, 600), exif=camera)
    content = materials.preview_page(world.store(photo, "照片.jpg"), 1, width=300)
    with Image.open(BytesIO(content)) as drawn:
        assert drawn.size == (300, 600)
        assert not drawn.getexif()
    assert b"camera" not in content


# --- two at once -----------------------------------------------------------------------------------


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_uploads_at_the_same_moment_are_numbered_one_after_the_other(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    world = make_world()
    document = world.store().document
    failures, ready = [], threading.Barrier(4)

    def upload(content: bytes) -> None:
        try:
            ready.wait()
            world.store(content, document=Document.objects.get(pk=document.pk))
        except Exception as failure:  # noqa: BLE001 the thread's failure is what the test looks at
            failures.append(failure)
        finally:
            connection.close()

    same = hostile_files.pdf(3)
    contents = [same, same, hostile_files.pdf(4), hostile_files.pdf(5)]
    uploads_at_once = [threading.Thread(target=upload, args=(content,)) for content in contents]
    for thread in uploads_at_once:
        thread.start()
    for thread in uploads_at_once:
        thread.join()
    assert failures == []
    assert sorted(document.versions.values_list("number", flat=True)) == [1, 2, 3, 4], (
        "the same content counts once"
    )
    assert list(materials.damaged_files()) == []
    assert not any(name.startswith("incoming/") for name in stored_files())
