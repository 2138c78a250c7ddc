"""Pages as pictures, so that reviewing needs no download and no reader's plug-in. Drawn once, kept by content."""

from pathlib import Path

from django.utils.translation import gettext as _

from talent.core.models import DocumentVersion

from ..errors import ActRefused
from . import inspection, vault

WIDTH = 900
NARROWEST, WIDEST = 120, 1600


def preview_page(version: DocumentVersion, page: int, *, width: int = WIDTH) -> bytes:
    """One page (counted from 1) as PNG, at most `width` pixels wide and 4000 tall. Pictures are written anew.

    The caller has asked `visible_to`. Raises `ActRefused` for a page that does not exist or cannot be drawn.
    """
    if not 1 <= page <= version.pages:
        raise ActRefused(
            _("“%(title)s”共 %(pages)d 页，没有第 %(page)d 页。")
            % {"title": version.document.title, "pages": version.pages, "page": page},
            code="no_such_page",
        )
    width = max(NARROWEST, min(width, WIDEST))
    kept = vault.root() / "previews" / f"{version.sha256}-{page}-{width}.png"
    if not kept.is_file():
        _draw(version, page, width, kept)
    return kept.read_bytes()


def _draw(version: DocumentVersion, page: int, width: int, kept: Path) -> None:
    """Draw beside the place and rename, so that a reader sees a whole picture or none."""
    source = vault.open_file(version)
    task = "render_pdf" if version.content_type == inspection.PDF.content_type else "render_image"
    part = vault.place_for_part()
    try:
        inspection.ask_reader(
            task, source.path, str(page), str(width), str(part), name=version.document.title
        )
        part.chmod(vault.FILE_MODE)
        kept.parent.mkdir(parents=True, exist_ok=True)
        part.replace(kept)
    finally:
        part.unlink(missing_ok=True)
