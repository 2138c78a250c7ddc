"""Files nobody should be able to hand in, and good ones that must pass. All are made here, none is stored."""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

# The sign that every scanner knows and that harms nothing (EICAR), in two halves so that no scanner minds this file.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True)
class Sample:
    """A file as it arrives: what it is, the name it comes under, its bytes and the code of its refusal."""

    label: str
    name: str
    content: bytes
    code: str = ""


def pdf(pages: int = 1, change=None, **save) -> bytes:
    """A PDF of blank A4 pages; `change(pdf)` makes it hostile."""
    with pikepdf.new() as document:
        for _page in range(pages):
            document.add_blank_page(page_size=(595, 842))
        if change is not None:
            change(document)
        file = io.BytesIO()
        document.save(file, **save)
    return file.getvalue()


def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 200), mode: str = "RGB", **save) -> bytes:
    """A picture with something on it."""
    file = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert(mode).save(file, kind, **save)
    return file.getvalue()


def archive(name: str = "a.txt", content: bytes = b"a") -> bytes:
    """A small zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(name, content)
    return file.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds a few bytes: a pixel flood."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(4096))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose header claims a size that its data does not have."""
    content = bytearray(picture())
    at = content.index(b"\xff\xc0")
    struct.pack_into(">HH", content, at + 5, height, width)
    return bytes(content)


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF written by hand: object n is `objects[n - 1]`, the first is the catalogue."""
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + table + end


PAGES = (b"<</Type/Pages/Count 1/Kids[3 0 R]>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>")


def packed_pdf(size: int) -> bytes:
    """A sound PDF whose objects lie in a packed stream that unpacks to `size` bytes, nearly all of them blanks."""
    objects = (b"<</Type/Catalog/Pages 2 0 R>>", *PAGES)
    places = [sum(len(content) + 1 for content in objects[:before]) for before in range(len(objects))]
    index = b" ".join(b"%d %d" % pair for pair in enumerate(places, start=1)) + b"\n"
    packer, block = zlib.compressobj(1), b" " * (1024 * 1024)
    data = packer.compress(index + b" ".join(objects))
    data += b"".join(packer.compress(block) for _turn in range(size // len(block))) + packer.flush()
    body = b"%PDF-1.5\n"
    at_objects = len(body)
    body += b"4 0 obj\n<</Type/ObjStm/N 3/First %d/Filter/FlateDecode/Length %d>>\nstream\n" % (
        len(index),
        len(data),
    )
    body += data + b"\nendstream\nendobj\n"
    rows = [(0, 0, 65535), (2, 4, 0), (2, 4, 1), (2, 4, 2), (1, at_objects, 0), (1, len(body), 0)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    end = b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return (
        body
        + b"5 0 obj\n<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>\nstream\n" % len(table)
        + table
        + end
    )


def _open_script(document) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def _named_script(document) -> None:
    action = document.make_indirect(Dictionary(S=Name.JavaScript, JS=String("1")))
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), action])))


def _page_action(document) -> None:
    document.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("1")))


def _hidden_script(document) -> None:
    document.Root.Unused = document.make_indirect(Array([Array([Dictionary(S=Name.JavaScript)])]))


def _open_named(document) -> None:
    document.Root.OpenAction = Dictionary(S=Name.Named, N=Name.Print)


def _annotated(**entries):
    def change(document) -> None:
        note = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 10, 10]), **entries)
        note = document.make_indirect(note)
        document.pages[0].obj.Annots = Array([note])
        document.Root.AcroForm = Dictionary(Fields=Array([note] if entries["Subtype"] == Name.Widget else []))

    return change


def _chained(document) -> None:
    start = Dictionary(S=Name.GoTo, D=Array([document.pages[0].obj, Name.Fit]))
    start.Next = Array([Dictionary(S=Name.Launch, F=String("cmd.exe"))])
    document.Root.OpenAction = start


def _attached(document) -> None:
    document.attachments["a.exe"] = pikepdf.AttachedFileSpec(document, b"MZ", filename="a.exe")


def _xfa(document) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp/>"))


def _portfolio(document) -> None:
    document.Root.Collection = Dictionary(Type=Name.Collection)


def _outside_stream(document) -> None:
    document.pages[0].obj.Contents = pikepdf.Stream(document, b"", F=String("http://127.0.0.1/a"))


def _no_pages(document) -> None:
    del document.pages[0]


def _deep(document) -> None:
    nest = Array([])
    for _level in range(120):
        nest = Array([nest])
    document.Root.Deep = nest


def _link(uri: str):
    return _annotated(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String(uri)))


def _password(user: str) -> pikepdf.Encryption:
    return pikepdf.Encryption(owner="secret", user=user)


def samples() -> list[Sample]:
    """The hostile files, each with the code it must be refused by."""
    good, photo, drawing = pdf(), picture(), picture("PNG")
    second = b"\xff\xd8\xff\xe0" + bytes(40)
    return [
        Sample("nothing in it", "空.pdf", b"", "empty"),
        Sample("no extension", "证明", good, "no_extension"),
        Sample("only an extension", ".pdf", good, "no_extension"),
        Sample("a Word document", "简历.docx", archive("word/document.xml"), "office"),
        Sample("an archive", "全部材料.zip", archive(), "archive"),
        Sample("a phone's own format", "照片.heic", b"\0\0\0\x18ftypheic", "picture"),
        Sample("a drawing with scripts", "图.svg", b"<svg onload='a()'/>", "picture"),
        Sample("a program", "证书.exe", b"MZ" + bytes(100), "extension"),
        Sample("a program behind a double extension", "证书.pdf.exe", b"MZ" + bytes(100), "extension"),
        Sample("a program behind a direction sign", "证书\u202efdp.exe", b"MZ" + bytes(100), "extension"),
        Sample("a program behind a zero byte", "证书.pdf\0.exe", b"MZ" + bytes(100), "extension"),
        Sample("a program called PDF", "证书.pdf", b"MZ\x90\0" + bytes(500), "program"),
        Sample("an ELF program called JPG", "照片.jpg", b"\x7fELF" + bytes(500), "program"),
        Sample("a shell script called PDF", "证书.pdf", b"#!/bin/sh\necho\n", "program"),
        Sample("a web page called PDF", "证书.pdf", b"<!DOCTYPE html><script>a()</script>", "program"),
        Sample("a web page called PNG", "照片.png", b"  <html><body></body></html>", "program"),
        Sample("plain text called PDF", "证书.pdf", b"just words, no document\n" * 20, "content"),
        Sample("an archive called PDF", "证书.pdf", archive(), "content"),
        Sample("the scanners' test sign called PDF", "证书.pdf", EICAR.encode(), "content"),
        Sample("a GIF called JPG", "照片.jpg", picture("GIF", mode="L"), "content"),
        Sample("a PNG called JPG", "照片.jpg", drawing, "mismatch"),
        Sample("a JPG called PDF", "证书.pdf", photo, "mismatch"),
        Sample("a PDF called PNG", "证书.png", good, "mismatch"),
        Sample("a PDF of no version", "证书.pdf", b"%PDF-9x" + good[7:], "content"),
        Sample("a PDF behind a mail's head", "证书.pdf", b"junk\n" * 10 + good, "leading"),
        Sample("a PDF with a web page in its head", "证书.pdf", good[:9] + b"%<script>a()</script>\n" + good[9:], "polyglot"),
        Sample("a PDF with an archive behind it", "证书.pdf", good + archive(), "polyglot"),
        Sample("a PDF with a program behind it", "证书.pdf", good + b"MZ" + bytes(400), "trailing"),
        Sample("a PDF with much behind it", "证书.pdf", good + b"A" * 9000, "trailing"),
        Sample("half a PDF", "证书.pdf", pdf(40)[:-300], "truncated"),
        Sample("a PDF with a wrong table", "证书.pdf", good.replace(b"startxref\n", b"startxref\n9"), "damaged"),
        Sample("a PDF without objects", "证书.pdf", b"%PDF-1.7\nnothing\n%%EOF\n", "damaged"),
        Sample("a PDF that cannot be opened", "证书.pdf", pdf(encryption=_password("open")), "encrypted"),
        Sample("a PDF that may not be printed", "证书.pdf", pdf(encryption=_password("")), "encrypted"),
        Sample("a PDF without pages", "证书.pdf", pdf(change=_no_pages), "no_pages"),
        Sample("a PDF of 301 pages", "证书.pdf", pdf(301), "pages"),
        Sample("a script at opening", "证书.pdf", pdf(change=_open_script), "script"),
        Sample("a script by name", "证书.pdf", pdf(change=_named_script), "script"),
        Sample("an act of its own on a page", "证书.pdf", pdf(change=_page_action), "open_action"),
        Sample(
            "a script in a packed object", "证书.pdf",
            pdf(change=_hidden_script, object_stream_mode=pikepdf.ObjectStreamMode.generate), "script",
        ),
        Sample(
            "a script under an escaped name", "证书.pdf",
            raw_pdf(b"<</Type/Catalog/Pages 2 0 R/Names<</A<</S/J#61vaScript/#4aS(1)>>>>>>", *PAGES), "script",
        ),
        Sample(
            "a script in an object nothing leads to", "证书.pdf",
            raw_pdf(b"<</Type/Catalog/Pages 2 0 R>>", *PAGES, b"[[<</S/JavaScript>>]]"), "script",
        ),
        Sample(
            "pages that go round in a circle", "证书.pdf",
            raw_pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"), "damaged",
        ),
        Sample("printing at opening", "证书.pdf", pdf(change=_open_named), "open_action"),
        Sample("a program behind a harmless first step", "证书.pdf", pdf(change=_chained), "launch"),
        Sample(
            "a button that starts a program", "证书.pdf",
            pdf(change=_annotated(Subtype=Name.Link, A=Dictionary(S=Name.Launch, F=String("cmd.exe")))), "launch",
        ),
        Sample(
            "a form that is sent away", "证书.pdf",
            pdf(change=_annotated(Subtype=Name.Widget, A=Dictionary(S=Name.SubmitForm, F=String("http://a")))), "launch",
        ),
        Sample("content from elsewhere", "证书.pdf", pdf(change=_outside_stream), "launch"),
        Sample("an attachment", "证书.pdf", pdf(change=_attached), "embedded"),
        Sample("a portfolio", "证书.pdf", pdf(change=_portfolio), "embedded"),
        Sample("an attachment on a page", "证书.pdf", pdf(change=_annotated(Subtype=Name.FileAttachment)), "embedded"),
        Sample("rich media", "证书.pdf", pdf(change=_annotated(Subtype=Name.RichMedia)), "media"),
        Sample("a film", "证书.pdf", pdf(change=_annotated(Subtype=Name.Movie)), "media"),
        Sample("a dynamic form", "证书.pdf", pdf(change=_xfa), "xfa"),
        Sample("a link with a script", "证书.pdf", pdf(change=_link(" JavaScript:a()")), "link"),
        Sample("a link to a local file", "证书.pdf", pdf(change=_link("file:///etc/passwd")), "link"),
        Sample("nesting without end", "证书.pdf", pdf(change=_deep), "complex"),
        Sample("half a JPG", "照片.jpg", photo[: len(photo) // 2], "truncated"),
        Sample("a JPG of a head only", "照片.jpg", photo[:30], "truncated"),
        Sample("half a PNG", "照片.png", drawing[: len(drawing) // 2], "truncated"),
        Sample("a PNG with a changed byte", "照片.png", drawing[:60] + bytes([drawing[60] ^ 1]) + drawing[61:], "damaged"),
        Sample("a pixel flood as PNG", "照片.png", png_of(60_000, 60_000), "pixels"),
        Sample("a pixel flood as JPG", "照片.jpg", jpeg_of(65_000, 65_000), "pixels"),
        Sample("an endless strip", "照片.png", png_of(30_000, 10), "pixels"),
        Sample("a PNG without width", "照片.png", png_of(0, 10), "damaged"),
        Sample("a moving PNG", "照片.png", picture("PNG", save_all=True, append_images=[Image.new("RGB", (320, 200))]), "animated"),
        Sample("a JPG with a film behind it", "照片.jpg", photo + b"\0\0\0\x18ftypmp42" + bytes(99), "trailing"),
        Sample("a JPG with half a JPG behind it", "照片.jpg", photo + second, "truncated"),
        Sample("a JPG with an archive behind it", "照片.jpg", photo + archive(), "polyglot"),
        Sample("a PNG with a program behind it", "照片.png", drawing + b"MZ" + bytes(99), "trailing"),
        Sample("a JPG with code in its remark", "照片.jpg", picture(comment=b"<?php a(); ?>"), "polyglot"),
        Sample("a JPG with a PDF in its remark", "照片.jpg", picture(comment=b"%PDF-1.4 1 0 obj"), "polyglot"),
    ]  # fmt: skip


def good_files() -> list[Sample]:
    """Files as people really hand them in."""
    photo = picture(size=(1600, 1200), quality=85)

    def destination(document) -> None:
        document.Root.OpenAction = Array([document.pages[0].obj, Name.Fit])

    def go(document) -> None:
        document.Root.OpenAction = Dictionary(S=Name.GoTo, D=Array([document.pages[0].obj, Name.Fit]))

    return [
        Sample("a plain PDF", "学位证书.pdf", pdf()),
        Sample("a PDF in capitals", "学位证书.PDF", pdf(2)),
        Sample("a PDF of 300 pages", "专著.pdf", pdf(300)),
        Sample(
            "a PDF with packed objects", "证书.pdf", pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate)
        ),
        Sample("a linearised PDF", "证书.pdf", pdf(3, linearize=True)),
        Sample("a PDF that opens at its first page", "论文.pdf", pdf(change=destination)),
        Sample("a typeset PDF", "论文.pdf", pdf(change=go)),
        Sample("a PDF written by hand", "证书.pdf", raw_pdf(b"<</Type/Catalog/Pages 2 0 R>>", *PAGES)),
        Sample("a PDF with web links", "论文.pdf", pdf(change=_link("https://example.org/a"))),
        Sample("a PDF with blank lines behind it", "证书.pdf", pdf() + b"\r\n\r\n\0\0"),
        Sample("a photograph", "照片.jpg", photo),
        Sample("a progressive photograph", "照片.jpeg", picture(progressive=True)),
        Sample("a photograph with zeros behind it", "照片.JPG", photo + bytes(64)),
        Sample("a photograph with a second one behind it", "照片.jpg", photo + picture()),
        Sample(
            "two pictures of one moment",
            "照片.jpg",
            picture("MPO", save_all=True, append_images=[Image.new("RGB", (320, 200))]),
        ),
        Sample("a grey picture", "照片.jpg", picture(mode="L")),
        Sample("a picture for print", "照片.jpg", picture(mode="CMYK")),
        Sample("a drawing", "图.png", picture("PNG")),
        Sample("a drawing one can see through", "图.png", picture("PNG", mode="RGBA")),
        Sample("a scan of sixteen bits", "图.png", picture("PNG", mode="I;16")),
        Sample("a scan of one bit", "图.png", picture("PNG", mode="1")),
        Sample("a drawing with few colours", "图.png", picture("PNG", mode="P")),
    ]
