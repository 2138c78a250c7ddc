"""Lists read in one statement are the lists each would be alone."""

import pytest
from django.db.models import Exists, OuterRef

from talent.core.models import CaseEvent, CaseMaterial, Holiday, Letter, Supplement, Urge, together
from talent.green_channel.models import GreenChannelCase, Need
from tests.access.world import World

pytestmark = [
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed file.*sRGB2014:ResourceWarning"),
]


class Hamlet(World):
    """One case that has been dispatched, instead of one at every stage."""

    stages = ()


@pytest.fixture
def world(loaded):
    hamlet = Hamlet()
    hamlet._dispatched(hamlet.sides["a"], "row0")
    return hamlet


def columns(one) -> dict:
    """Every stored value of an object and of what was read with it, with its Python type."""
    values = {
        field.attname: (type(value := getattr(one, field.attname)), str(value))
        for field in one._meta.concrete_fields
        if field.attname not in one.get_deferred_fields()
    }
    together_read = {name: columns(value) for name, value in one._state.fields_cache.items() if value}
    return values | together_read


def asked():
    return [
        GreenChannelCase.objects.select_related("applicant", "edition", "region", "employer").order_by("pk"),
        CaseEvent.objects.select_related("actor", "organisation", "case__applicant").order_by("case", "-seq"),
        CaseMaterial.objects.select_related("version__document").order_by("pk"),
        Letter.objects.annotate(
            again=Exists(Letter.objects.filter(case=OuterRef("case")).exclude(pk=OuterRef("pk")))
        ).order_by("-pk"),
        Need.objects.order_by("pk"),
        Supplement.objects.prefetch_related("items").order_by("pk"),
        Urge.objects.none(),
        CaseEvent.objects.order_by("-pk").only("title")[:3],
        Holiday.objects.order_by("day")[:5],
    ]


def test_lists_read_together_are_the_same_objects_in_one_question(world, django_assert_num_queries):
    alone, at_once = asked(), asked()
    with django_assert_num_queries(1):
        together.fill(*at_once)
    sizes = [len(one) for one in at_once]
    assert sizes == [len(one) for one in alone]
    assert min(sizes[:4]) > 0
    for first, second in zip(alone, at_once, strict=True):
        assert [columns(one) for one in first] == [columns(one) for one in second]
    assert [one.again for one in at_once[3]] == [one.again for one in alone[3]]


def test_a_list_that_was_kept_is_asked_no_more_and_a_narrower_one_is_asked_anew(
    world, django_assert_num_queries
):
    case = GreenChannelCase.objects.filter(events__isnull=False).first()
    read = {"events": case.events.order_by("seq"), "materials": case.materials.all()}
    together.fill(*read.values())
    together.keep(case, **read)
    with django_assert_num_queries(0):
        titles = [event.title for event in case.events.all()]
        assert case.materials.all()[0].case is case
    with django_assert_num_queries(1):
        assert [event.title for event in case.events.filter(seq=1)] == titles[:1]
