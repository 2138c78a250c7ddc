"""The world of the access tests: every test finds the files that were stored while it was made."""

import pytest


@pytest.fixture
def at_home(_strict_pages, settings, world, db):
    """The files of the module's world are found again by each test."""
    settings.MEDIA_ROOT = world.media
    return world
