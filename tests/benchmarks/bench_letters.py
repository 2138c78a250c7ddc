"""Letters: time beside WeasyPrint alone on the same pages and faces, size, and memory over 200 of them."""

import logging
import os
import statistics
import warnings
from pathlib import Path

from .scratch import database, say, seconds, table

ROUNDS, MANY = 3, 200


def resident() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    warnings.simplefilter("ignore", ResourceWarning)
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    with database():
        from weasyprint import HTML
        from weasyprint.text.fonts import FontConfiguration

        from talent.core.services.letters import rendering
        from tests.core.test_letter_layout import DOCUMENTS, unsaved

        fonts = FontConfiguration()

        def alone(page: str) -> bytes:
            return HTML(string=page).write_pdf(
                font_config=fonts, pdf_variant=rendering.PDF_VARIANT, pdf_tags=True
            )

        pages = {document.kind: rendering.html_of(unsaved(document)) for document in DOCUMENTS}
        rows, ours, raw = [], [], []
        for kind, page in pages.items():
            sizes = len(rendering.render_pdf(page)), len(alone(page))
            here, there = [], []
            for _round in range(ROUNDS):
                here.append(seconds(lambda page=page: rendering.render_pdf(page)))
                there.append(seconds(lambda page=page: alone(page)))
            ours.append(statistics.median(here))
            raw.append(statistics.median(there))
            rows.append(
                (
                    kind,
                    f"{1000 * ours[-1]:.0f}",
                    f"{1000 * raw[-1]:.0f}",
                    f"{ours[-1] / raw[-1]:.2f}",
                    f"{sizes[0] / 1024:.0f}",
                    f"{sizes[1] / 1024:.0f}",
                )
            )
        table("文书", ("文种", "毫秒", "WeasyPrint 原样", "之比", "KB", "原样 KB"), rows)
        say(
            f"每核每秒 {len(ours) / sum(ours):.1f} 份（目标 ≥ 10）；"
            f"与 WeasyPrint 原样之比 {sum(ours) / sum(raw):.2f}（目标 ≤ 1.1）。"
        )

        page, memory = pages["acceptance"], []
        for number in range(1, MANY + 1):
            rendering.render_pdf(page)
            if number in (MANY // 10, MANY):
                memory.append(resident())
        say(f"内存：第 {MANY // 10} 份后 {memory[0]:.0f} MB，第 {MANY} 份后 {memory[1]:.0f} MB。")


if __name__ == "__main__":
    main()
