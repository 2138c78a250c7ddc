"""Pages as pictures, so that reviewing needs no download and no reader's plug-in. Drawn once, kept sealed."""

import base64
from io import BytesIO

from django.utils.translation import gettext as _

from talent.core import crypto
from talent.core.models import DocumentVersion

from .. import storage
from ..errors import ActRefused
from . import inspection, reader, vault

FOLDER = "previews"
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
    name = f"{FOLDER}/{version.row_key.hex}-{page}-{width}.sealed"
    context = f"preview:{version.row_key}:{page}:{width}"
    try:
        with storage.open_kept(name, context=context) as kept:
            return kept.read()
    except crypto.SealBroken:
        # Not drawn yet, or not as we left it: the document itself is what counts.
        drawn = _draw(version, page, width)
        storage.keep(name, BytesIO(drawn), context=context)
        return drawn


def _draw(version: DocumentVersion, page: int, width: int) -> bytes:
    content = vault.open_file(version).read()
    task = "render_pdf" if version.content_type == inspection.PDF.content_type else "render_image"
    answer = inspection.ask_reader(
        task, reader.PIPE, str(page), str(width), name=version.document.title, content=content
    )
    return base64.b64decode(answer["png"])


def forget_all() -> int:
    """Remove every kept picture, to be drawn again when asked for; returns how many there were."""
    kept = list((storage.root() / FOLDER).glob("*.sealed"))
    for path in kept:
        path.unlink(missing_ok=True)
    return len(kept)
