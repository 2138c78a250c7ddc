"""What a case asks for, what answers it, and that a file is used again only as its owner agreed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from talent.core import roles
from talent.core.models import (
    AuditEntry,
    Case,
    CaseEvent,
    CaseMaterial,
    Consent,
    Organisation,
    TalentProfile,
    User,
)
from talent.core.services import appointments, audit, materials
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.materials import checklist
from tests.core import hostile_files
from tests.core.material_world import FIGURES, appoint, line_of, make_world, path_of

Tick = CaseMaterial.Tick


@pytest.fixture
def world(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_world()


# --- the checklist ---------------------------------------------------------------------------------


def test_the_checklist_is_what_the_edition_asks_for(world):
    case = world.case()
    materials.build_checklist(case, FIGURES)
    assert [line.code for line in case.materials.all()] == ["degree", "award", "other"]
    state = materials.state(case)
    assert (state.total, state.submitted, state.complete) == (3, 0, False)
    assert [line.code for line in state.missing] == ["degree", "award"]
    assert state.missing_names == ["学位证书", "获奖证书"]
    materials.attach(line_of(case), world.store(), actor=world.talent)
    CaseMaterial.objects.filter(case=case, code="award").update(deferred=True)
    state = materials.state(case)
    assert (state.submitted, state.deferred, state.unticked, state.complete) == (1, 1, 1, True)


def test_attaching_answers_the_line_and_is_an_event(world):
    case = world.case()
    version = world.store()
    assert materials.attach(line_of(case), version, actor=world.talent).version == version
    materials.attach(line_of(case), version, actor=world.talent)
    event = CaseEvent.objects.get(case=case, kind="material_attached")
    assert event.figures == {"material": "degree", "version": 1, "sha256": version.sha256[:16]}
    assert event.public
    materials.detach(line_of(case), actor=world.talent)
    assert line_of(case).version is None
    with pytest.raises(Conflict):
        materials.detach(line_of(case), actor=world.talent)


def test_only_the_applicants_side_changes_the_checklist(world):
    case, version = world.case(), world.store()
    stranger = User.objects.create(username="m-stranger", name="路人")
    for act in (lambda: materials.attach(line_of(case), version, actor=stranger),
                lambda: materials.detach(line_of(case), actor=stranger)):  # fmt: skip
        with pytest.raises(NotAllowed, match="不能更改"):
            act()
    appoint(stranger, roles.HR, world.employer)
    assert materials.attach(line_of(case), version, actor=stranger).version == version


def test_without_the_question_a_stranger_could_attach(world, monkeypatch):
    monkeypatch.setattr(checklist, "_require_side", lambda case, actor: None)
    stranger = User.objects.create(username="m-stranger", name="路人")
    assert materials.attach(line_of(world.case()), world.store(), actor=stranger).version


def test_a_document_of_somebody_else_is_not_attached(world):
    other = User.objects.create(username="m-other", name="他人")
    foreign = world.store(owner=TalentProfile.objects.create(user=other, name="他人"), actor=other)
    case = world.case()
    with pytest.raises(NotAllowed, match="不属于"):
        materials.attach(line_of(case), foreign, actor=world.talent)
    hr = User.objects.create(username="m-hr", name="人事")
    appoint(hr, roles.HR, world.employer)
    licence = world.store(owner=world.employer, actor=hr, type_code="licence", title="营业执照")
    assert materials.attach(line_of(case, "other"), licence, actor=hr).version == licence


def test_validity_ends_with_its_last_day(world):
    case, today = world.case(), timezone.localdate()
    expired = world.store(valid_until=today - timedelta(days=1))
    with pytest.raises(ActRefused, match="到期") as refusal:
        materials.attach(line_of(case), expired, actor=world.talent)
    assert refusal.value.code == "expired"
    assert materials.attach(line_of(case), world.store(valid_until=today), actor=world.talent).version


def test_evidence_under_review_is_not_exchanged(world):
    case = world.case(Case.Status.SUBMITTED)
    first = world.store()
    materials.attach(line_of(case), first, actor=world.talent)
    with pytest.raises(Conflict, match="正在审查"):
        materials.attach(line_of(case), world.store(), actor=world.talent)
    with pytest.raises(Conflict, match="不能移除"):
        materials.detach(line_of(case), actor=world.talent)
    Case.objects.filter(pk=case.pk).update(status=Case.Status.SUPPLEMENTING)
    CaseMaterial.objects.filter(case=case, code="degree").update(tick=Tick.SUPPLEMENT, reason="缺页")
    with pytest.raises(ActRefused, match="相同"):
        materials.attach(line_of(case), first, actor=world.talent)
    line = materials.attach(line_of(case), world.store(document=first.document), actor=world.talent)
    assert (line.tick, line.reason) == (Tick.OPEN, "")


def test_nothing_is_attached_or_ticked_in_a_case_that_has_ended(world):
    case = world.case(Case.Status.REFUSED)
    with pytest.raises(Conflict, match="已经结束"):
        materials.attach(line_of(case), world.store(), actor=world.talent)
    with pytest.raises(Conflict, match="已经结束"):
        materials.tick(line_of(case), Tick.SUPPLEMENT, "缺页", actor=world.officer, standing=world.standing())


def test_a_tick_needs_a_post_a_file_and_a_reason(world):
    case = world.case(Case.Status.SUBMITTED)
    line, post = line_of(case), world.standing()
    by_officer = {"actor": world.officer, "standing": post}
    for wrong in (
        {"actor": world.talent, "standing": None},
        {"actor": world.talent, "standing": post},
        {"actor": world.talent, "standing": appointments.Standing(world.talent, roles.HR, world.employer)},
        {
            "actor": world.talent,
            "standing": appointments.Standing(world.talent, roles.INTAKE, Organisation(pk=0)),
        },
    ):
        with pytest.raises(NotAllowed):
            materials.tick(line, Tick.NOT_NEEDED, "不适用", **wrong)
    with pytest.raises(ActRefused, match="没有提交文件"):
        materials.tick(line, Tick.OK, **by_officer)
    for tick in (Tick.SUPPLEMENT, Tick.NOT_NEEDED):
        with pytest.raises(ActRefused, match="必须写明原因"):
            materials.tick(line, tick, "  ", **by_officer)
    with pytest.raises(ActRefused, match="没有这一种"):
        materials.tick(line, "perfect", **by_officer)
    version = materials.attach(line, world.store(), actor=world.talent).version
    path = path_of(version)
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(ActRefused, match="缺失"):
        materials.tick(line, Tick.OK, **by_officer)
    path.write_bytes(kept)
    ticked = materials.tick(line, Tick.OK, actor=world.officer)
    assert (ticked.tick, ticked.ticked_by) == (Tick.OK, world.officer)
    event = CaseEvent.objects.get(case=case, kind="material_ticked")
    assert not event.public
    assert event.organisation == world.bureau


def test_verifying_is_done_once_by_an_officer_of_a_case_and_never_by_the_owner(world):
    version = world.store()
    with pytest.raises(NotAllowed, match="所在办件"):
        materials.verify(version, actor=world.officer, how="核对原件")
    case = world.case(Case.Status.SUBMITTED)
    materials.attach(line_of(case), version, actor=world.talent)
    with pytest.raises(ActRefused, match="核验方式"):
        materials.verify(version, actor=world.officer, how=" ")
    with pytest.raises(NotAllowed, match="自己的材料"):
        materials.verify(version, actor=world.talent, how="核对原件")
    assert materials.verify(version, actor=world.officer, how="核对原件").verified_by == world.officer
    with pytest.raises(Conflict):
        materials.verify(version, actor=world.officer, how="核对原件")
    assert AuditEntry.objects.filter(action="document_verified").count() == 1


# --- consent and reuse -----------------------------------------------------------------------------


def test_a_document_goes_to_another_case_only_with_consent_that_is_in_force(world):
    first, second = world.case(), world.case()
    hr = User.objects.create(username="m-hr", name="人事")
    appoint(hr, roles.HR, world.employer)
    version = world.store()
    materials.attach(line_of(first), version, actor=world.talent)
    assert materials.offers_for(line_of(second)) == []
    for act, actor in ((materials.attach, hr), (materials.reuse, hr), (materials.reuse, world.talent)):
        with pytest.raises(ActRefused, match="复用") as refusal:
            act(line_of(second), version, actor=actor)
        assert refusal.value.code == "consent"
    materials.give_consent(world.profile, Consent.Purpose.REUSE, text_version="1", actor=world.talent)
    assert materials.offers_for(line_of(first)) == [], "what is in use is not offered again"
    assert materials.offers_for(line_of(second)) == [version]
    assert materials.reuse(line_of(second), version, actor=world.talent).version == version
    materials.withdraw_consent(world.profile, Consent.Purpose.REUSE, actor=world.talent)
    third = world.case()
    assert materials.offers_for(line_of(third)) == []
    with pytest.raises(ActRefused, match="复用"):
        materials.reuse(line_of(third), version, actor=world.talent)
    assert line_of(second).version == version, "what was done before remains"


def test_without_the_question_of_consent_it_would_be_taken_over(world, monkeypatch):
    version = world.store()
    materials.attach(line_of(world.case()), version, actor=world.talent)
    monkeypatch.setattr(checklist, "has_consent", lambda profile, purpose, case: True)
    assert materials.reuse(line_of(world.case()), version, actor=world.talent).version == version


def test_a_file_handed_in_anew_needs_no_consent_to_reuse(world):
    content = hostile_files.pdf(2)
    first = world.store(content)
    materials.attach(line_of(world.case()), first, actor=world.talent)
    again = world.store(content, document=first.document)
    assert materials.attach(line_of(world.case()), again, actor=world.talent).version == first
    hr = User.objects.create(username="m-hr", name="人事")
    appoint(hr, roles.HR, world.employer)
    newer = world.store(document=first.document)
    assert materials.attach(line_of(world.case()), newer, actor=hr).version == newer, (
        "a version used nowhere yet"
    )


def test_only_the_newest_valid_version_of_the_same_type_is_offered(world):
    case = world.case()
    materials.give_consent(world.profile, Consent.Purpose.REUSE, text_version="1", actor=world.talent)
    old = world.store()
    new = world.store(document=old.document)
    world.store(type_code="award")
    world.store(valid_until=timezone.localdate() - timedelta(days=1))
    assert materials.offers_for(line_of(case)) == [new]
    with pytest.raises(Conflict, match="更新的版本"):
        materials.reuse(line_of(case), old, actor=world.talent)
    with pytest.raises(ActRefused, match="不是同一类"):
        materials.reuse(line_of(case, "award"), new, actor=world.talent)


def test_offers_cost_the_same_for_one_document_and_for_many(world, django_assert_num_queries):
    case = world.case()
    materials.give_consent(world.profile, Consent.Purpose.REUSE, text_version="1", actor=world.talent)
    world.store()
    line = CaseMaterial.objects.select_related("case__applicant").get(pk=line_of(case).pk)
    with django_assert_num_queries(2):
        assert len(materials.offers_for(line)) == 1
    for _turn in range(3):
        world.store()
    with django_assert_num_queries(2):
        assert len(materials.offers_for(line)) == 4


def test_consent_is_given_and_taken_back_by_the_person_alone(world):
    purpose = Consent.Purpose.PUBLICITY
    for profile in (world.profile, TalentProfile.objects.create(name="无账号")):
        with pytest.raises(NotAllowed, match="本人"):
            materials.give_consent(profile, purpose, text_version="1", actor=world.officer)
    given = materials.give_consent(world.profile, purpose, text_version="1", actor=world.talent)
    assert materials.give_consent(world.profile, purpose, text_version="1", actor=world.talent) == given
    assert materials.give_consent(world.profile, purpose, text_version="2", actor=world.talent) != given
    with pytest.raises(NotAllowed):
        materials.withdraw_consent(world.profile, purpose, actor=world.officer)
    assert materials.withdraw_consent(world.profile, purpose, actor=world.talent) == 2
    assert materials.withdraw_consent(world.profile, purpose, actor=world.talent) == 0
    assert not materials.has_consent(world.profile, purpose)
    assert list(AuditEntry.objects.filter(action__startswith="consent").values_list("action", flat=True)) == [
        "consent_given", "consent_given", "consent_withdrawn",
    ]  # fmt: skip


def test_consent_for_one_case_covers_no_other(world):
    one, other = world.case(), world.case()
    purpose = Consent.Purpose.JOINT_CHECK
    materials.give_consent(world.profile, purpose, text_version="1", actor=world.talent, case=one)
    assert materials.has_consent(world.profile, purpose, case=one)
    assert not materials.has_consent(world.profile, purpose, case=other)
    assert not materials.has_consent(world.profile, purpose)
    assert CaseEvent.objects.get(case=one, kind="consent_given").figures["purpose"] == purpose
    materials.withdraw_consent(world.profile, purpose, actor=world.talent, case=one)
    assert not materials.has_consent(world.profile, purpose, case=one)


def test_consent_needs_a_purpose_and_the_text_that_was_shown(world):
    with pytest.raises(ActRefused, match="用途"):
        materials.give_consent(world.profile, "anything", text_version="1", actor=world.talent)
    with pytest.raises(ActRefused, match="告知文本"):
        materials.give_consent(world.profile, Consent.Purpose.BANK, text_version=" ", actor=world.talent)
    assert audit.verify().ok
