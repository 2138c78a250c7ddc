"""Opens a stranger's file, alone in a process of its own.

Run by path (`python -I reader.py …`), so it imports nothing of this project, knows no key and no database. The
process has bounds on memory, time and output: a file that explodes while it is opened takes this process with
it, not the server. Answers one JSON object on standard output; a refusal is `{"refused": code}`, and the
sentence for it is written by `inspection`.

A path `-` means the content comes through standard input; a picture that was drawn goes out in the answer, in
base64. So a sealed file is never written down open. Lengths in pixels, sizes in bytes, pages counted from 1. A library
is loaded by the work that needs it (slow import): this process lives for one file.
"""

import base64
import io
import json
import re
import resource
import sys
from collections.abc import Iterator

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 20
OUTPUT = 64 * 1024 * 1024
NODES = 1_000_000
DEPTH = 60
TALLEST = 4000
PIPE = "-"
# TIFF 6.0 tag 274; values from 5 on lie on their side.
ORIENTATION, FIRST_QUARTER_TURN = 274, 5

# PDF 32000-1:2008, 12.6.4 (actions), 12.5.6 (annotations), 7.11.4 (embedded files), 12.7.8 (XFA forms).
KEYS = {
    "/JS": "script",
    "/JavaScript": "script",
    "/EmbeddedFiles": "embedded",
    "/EF": "embedded",
    "/Collection": "embedded",
    "/XFA": "xfa",
    # What happens by itself when a page or the file is opened, closed or printed.
    "/AA": "open_action",
    "/RichMediaContent": "media",
}
ACTIONS = {
    "/JavaScript": "script",
    "/Launch": "launch",
    "/GoToR": "launch",
    "/GoToE": "embedded",
    "/SubmitForm": "launch",
    "/ImportData": "launch",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMediaExecute": "media",
    "/GoTo3DView": "media",
}
SUBTYPES = {
    "/RichMedia": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/Screen": "media",
    "/3D": "media",
    "/FileAttachment": "embedded",
}
LINK = re.compile(r"\s*(javascript|vbscript|data|file|smb|jar|res|ms-[a-z-]+):|\s*\\\\", re.IGNORECASE)


class Refused(Exception):
    """The file is not acceptable; the argument is the code."""


def bound() -> None:
    """Take the bounds before anything is opened."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspect_pdf(path: str, most_pages: str) -> dict:
    """Count the pages of a PDF that opens as it is, hides nothing and does nothing by itself."""
    # slow import
    import pikepdf
    import pypdfium2

    try:
        pdf = pikepdf.open(path, attempt_recovery=False, suppress_warnings=True)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except pikepdf.PdfError:
        raise Refused("damaged") from None
    with pdf:
        if pdf.is_encrypted:
            raise Refused("encrypted")
        pages = len(pdf.pages)
        if not pages:
            raise Refused("no_pages")
        if pages > int(most_pages):
            raise Refused("pages")
        _judge_opening(pdf)
        for node in _dictionaries(pdf):
            _judge(node)
    with pypdfium2.PdfDocument(path) as seen:
        # Two readers that count differently are shown two different files.
        if len(seen) != pages:
            raise Refused("damaged")
    return {"pages": pages}


def _judge_opening(pdf) -> None:
    """Typesetters write where a document opens (a destination, a GoTo); anything else is an act of its own."""
    # slow import
    import pikepdf

    opening = pdf.Root.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary):
        kind = str(opening.get("/S", ""))
        if kind != "/GoTo":
            raise Refused(ACTIONS.get(kind, "open_action"))


def _dictionaries(pdf) -> Iterator:
    """Every dictionary of the file, also those no page leads to."""
    # slow import
    import pikepdf

    left = NODES
    for start in pdf.objects:
        waiting = [(start, 0)]
        while waiting:
            node, depth = waiting.pop()
            left -= 1
            if left < 0 or depth > DEPTH:
                raise Refused("complex")
            if isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
                yield node
                children = node.stream_dict.values() if isinstance(node, pikepdf.Stream) else node.values()
            elif isinstance(node, pikepdf.Array):
                children = node
            else:
                continue
            waiting += [
                (child, depth + 1)
                for child in children
                if isinstance(child, pikepdf.Object) and not child.is_indirect
            ]


def _judge(node) -> None:
    # slow import
    import pikepdf

    names = node.stream_dict if isinstance(node, pikepdf.Stream) else node
    held = names.keys()
    for key, code in KEYS.items():
        if key in held:
            raise Refused(code)
    for key, table in (("/S", ACTIONS), ("/Subtype", SUBTYPES)):
        code = table.get(str(names[key])) if key in names and isinstance(names[key], pikepdf.Name) else None
        if code:
            raise Refused(code)
    if "/URI" in names and isinstance(names["/URI"], pikepdf.String) and LINK.match(str(names["/URI"])):
        raise Refused("link")
    if isinstance(node, pikepdf.Stream) and "/F" in names:
        raise Refused("launch")


def inspect_image(path: str, kind: str) -> dict:
    """Decode a picture to its last row. The caller has bounded its pixels."""
    # slow import
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=(kind,)) as picture:
            picture.verify()
        with Image.open(path, formats=(kind,)) as picture:
            if kind == "PNG" and getattr(picture, "n_frames", 1) > 1:
                raise Refused("animated")
            picture.load()
            return {"pages": 1, "width": picture.width, "height": picture.height}
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError):
        raise Refused("damaged") from None


def _source(path: str) -> io.BytesIO | str:
    return io.BytesIO(sys.stdin.buffer.read()) if path == PIPE else path


def _drawn(picture) -> dict:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return {"png": base64.b64encode(out.getvalue()).decode()}


def render_pdf(path: str, page: str, width: str) -> dict:
    """Draw one page as PNG, `width` pixels wide unless it would be taller than the tallest allowed."""
    # slow import
    import pypdfium2

    with pypdfium2.PdfDocument(_source(path)) as pdf:
        if not 1 <= int(page) <= len(pdf):
            raise Refused("no_such_page")
        sheet = pdf[int(page) - 1]
        wide, tall = sheet.get_size()
        if wide < 1 or tall < 1:
            raise Refused("damaged")
        # The drawing is rounded up to whole pixels: a hair less keeps 900 from becoming 901.
        scale = min((int(width) - 0.01) / wide, (TALLEST - 0.01) / tall)
        picture = sheet.render(scale=scale, may_draw_forms=True).to_pil()
    return _drawn(picture)


def render_image(path: str, page: str, width: str) -> dict:
    """Write a picture anew, turned as the camera said and without its camera data."""
    # slow import
    from PIL import Image, ImageOps

    if page != "1":
        raise Refused("no_such_page")
    with Image.open(_source(path), formats=("JPEG", "PNG")) as source:
        # Quarter turns are undone after shrinking: a large picture is in memory once, not three times.
        turned = source.getexif().get(ORIENTATION, 1) >= FIRST_QUARTER_TURN
        picture = source
        if source.mode.startswith("I"):
            picture = source.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        elif source.mode in ("1", "P"):
            picture = source.convert("RGBA")
        picture.thumbnail((TALLEST, int(width)) if turned else (int(width), TALLEST))
        picture = ImageOps.exif_transpose(picture)
        if picture.mode not in ("RGB", "L"):
            flat = Image.new("RGB", picture.size, "white")
            drawn = picture.convert("RGBA")
            flat.paste(drawn, mask=drawn.getchannel("A"))
            picture = flat
        bare = Image.new(picture.mode, picture.size)
        bare.paste(picture)
    return _drawn(bare)


TASKS = {task.__name__: task for task in (inspect_pdf, inspect_image, render_pdf, render_image)}


def main(task: str, *arguments: str) -> None:
    """Do one task and print its answer; anything unforeseen counts as damaged."""
    bound()
    try:
        answer = TASKS[task](*arguments)
    except Refused as refusal:
        answer = {"refused": refusal.args[0]}
    except MemoryError:
        answer = {"refused": "complex"}
    except Exception as error:  # noqa: BLE001 a hostile file may raise anything the readers know
        answer = {"refused": "damaged", "error": type(error).__name__}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
