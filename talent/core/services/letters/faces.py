"""The faces inside a letter's file, kept to the characters it uses.

WeasyPrint leaves a place for every character up to the last one used (32,000 of them for one rare character of a
name), since it numbers characters by their place in the face. A CID-keyed face carries these numbers itself
(PDF 32000-1, 9.7.4.2), so the empty places and every table but the outlines can go.
"""

from io import BytesIO
from typing import Any

import uharfbuzz
from fontTools.cffLib import CFFFontSet


def slim(document: Any, pdf: Any) -> None:
    """Put the compact outlines in the place of each face of a drawn letter; a WeasyPrint finisher."""
    used: dict[str, set[int]] = {}
    whole = {}
    for font in document.fonts.values():
        used.setdefault(font.hash, set()).update(font.to_unicode)
        whole[id(font.file_content)] = font.hash
    for one in pdf.objects:
        face = whole.get(id(one.stream[0])) if getattr(one, "stream", None) else None
        outlines = face and compact(one.stream[0], used[face])
        if outlines:
            one.stream, one.extra["Subtype"] = [outlines], "/CIDFontType0C"


def compact(face: bytes, characters: set[int]) -> bytes | None:
    """The outlines of the numbered `characters` of an OpenType face, found by the same numbers.

    None when the face does not carry the numbers itself (TrueType, name-keyed): such a face stays whole.
    """
    asked = uharfbuzz.SubsetInput()
    asked.sets(uharfbuzz.SubsetInputSets.GLYPH_INDEX).update(characters)
    asked.flags = (
        uharfbuzz.SubsetFlags.NO_HINTING
        | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
        | uharfbuzz.SubsetFlags.DESUBROUTINIZE
    )
    table = uharfbuzz.subset(uharfbuzz.Face(uharfbuzz.Blob(face)), asked).reference_table("CFF ")
    outlines = table.data
    if not outlines:
        return None
    read = CFFFontSet()
    read.decompile(BytesIO(outlines), None)
    named = [f"cid{number:05d}" for number in sorted(characters - {0})]
    return outlines if hasattr(read[0], "ROS") and read[0].charset[1:] == named else None
