"""The checks that make sloppiness fail are themselves seen to fail."""

import pytest
from django.core.management import call_command
from django.template import engines

from talent.core.models import AuditEntry


def test_an_unknown_template_variable_fails():
    page = engines["django"].from_string("{{ nobody_gave_this }}")
    with pytest.raises(AssertionError, match="nobody_gave_this"):
        page.render({})


def test_static_files_are_collected_without_the_engines_own(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "staticfiles.json").exists()
    assert not (tmp_path / "viewflow").exists()


@pytest.mark.django_db
def test_a_dead_invitation_leaves_no_token_in_the_audit(client):
    assert client.get("/join/a-token-somebody-was-given/").status_code == 409
    assert AuditEntry.objects.filter(action="refused", subject="/join/<str:token>/").exists()
    assert not AuditEntry.objects.filter(subject__contains="somebody").exists()
