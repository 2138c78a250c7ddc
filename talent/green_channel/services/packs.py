"""会议材料: one PDF of everything a meeting reads, with a bookmark per case and per material."""

import io
from contextlib import ExitStack
from dataclasses import dataclass

import pikepdf
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from PIL import Image

from talent.core.models import Check, CheckConclusion, DocumentVersion, User
from talent.core.services import funds, letters, materials, policy
from talent.green_channel.models import GreenChannelCase, Meeting, Panel

from .meetings import items_for


class _Pack:
    """A PDF that grows part by part. The parts stay open until it is saved: their pages are read then."""

    def __init__(self, kept: ExitStack) -> None:
        self.kept, self.pdf = kept, kept.enter_context(pikepdf.new())

    def append(self, content: bytes) -> int:
        """Add a part; returns the place of its first page."""
        start = len(self.pdf.pages)
        self.pdf.pages.extend(self.kept.enter_context(pikepdf.open(io.BytesIO(content))).pages)
        return start

    def saved(self) -> bytes:
        buffer = io.BytesIO()
        self.pdf.save(buffer)
        return buffer.getvalue()


def meeting_pack(meeting: Meeting, *, reader: User) -> bytes:
    """The pack as `reader` may have it: items he is recused from are not in it, nor is any expert's name.

    Raises `ActRefused` when a stored file is gone.
    """
    items = list(items_for(reader, meeting))
    with ExitStack() as kept:
        pack = _Pack(kept)
        with pack.pdf.open_outline() as outline:
            start = pack.append(_drawn("cover", meeting=meeting, items=items))
            outline.root.append(pikepdf.OutlineItem(str(_("议程")), start))
            # Counted anew: a gap in the numbers would say that an item is withheld.
            for place, item in enumerate(items, start=1):
                case = item.case
                start = pack.append(
                    _drawn(
                        "case",
                        meeting=meeting,
                        place=place,
                        case=case,
                        panel=last_panel(case),
                        findings=findings_for_members(case),
                        conclusion=_conclusion(case),
                        investment=funds.yuan(case.investment) if case.investment else "",
                    )
                )
                branch = pikepdf.OutlineItem(
                    f"{place} {item.case.applicant.name}（{item.case.number}）", start
                )
                bound = policy.figures(item.case.edition).meeting.materials
                for line in item.case.materials.filter(code__in=bound, version__isnull=False).select_related(
                    "version__document"
                ):
                    start = pack.append(_printed(line.version))
                    branch.children.append(pikepdf.OutlineItem(f"{line.code} {line.name}", start))
                outline.root.append(branch)
        return pack.saved()


@dataclass(frozen=True)
class FindingLine:
    """What the members of a meeting read of one check: subject, bureau and coded finding, no officer and no words of his."""

    subject: str
    bureau: str
    finding: str
    adverse: bool


def findings_for_members(case: GreenChannelCase) -> list[FindingLine]:
    """The confirmed findings of the joint check as the meeting's members may read them."""
    figures, lines = policy.figures(case.edition), []
    confirmed = case.checks.filter(state=Check.State.CONFIRMED).select_related("organisation")
    for check in confirmed.prefetch_related("opinions").order_by("place"):
        subject = figures.check(check.subject)
        titles = {one.code: one.title for one in subject.finding}
        opinion = next(one for one in check.opinions.all() if one.version == check.version)
        lines.append(
            FindingLine(
                subject.title, check.organisation.name, titles.get(opinion.finding, opinion.finding), opinion.adverse
            )
        )  # fmt: skip
    return lines


def _conclusion(case: GreenChannelCase) -> CheckConclusion | None:
    """What the lead bureau concluded from them, with its explanation of adverse ones."""
    return case.check_conclusions.order_by("-pk").first()


def last_panel(case: GreenChannelCase) -> Panel | None:
    """The last concluded panel of a case, None when there was none."""
    return case.panels.filter(state__in=(Panel.State.PASSED, Panel.State.FAILED)).first()


def _drawn(name: str, **context) -> bytes:
    return letters.render_pdf(render_to_string(f"letters/green_channel/pack_{name}.html", context))


def _printed(version: DocumentVersion) -> bytes:
    """A material as PDF: as it is, or the picture on a page of its own."""
    kept = materials.open_file(version)
    if not kept.content_type.startswith("image/"):
        return kept.read()
    buffer = io.BytesIO()
    with kept.open() as file, Image.open(file) as picture:
        picture.convert("RGB").save(buffer, "PDF")
    return buffer.getvalue()
