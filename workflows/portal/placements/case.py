"""What the three sides see of one placement: where it is, what is agreed, what has been done, what can be done."""

from typing import Any

from talent.core.services import calendar, funds
from talent.placements.letters import AgreementText
from talent.placements.models import PlacementCase
from talent.placements.services import agreeing, countersigning, places, serving
from workflows.base import telling

from .acts import open_acts
from .case_acts import place_of


def case_context(case: PlacementCase, sides: list[str], *, reader: telling.Reader) -> dict[str, Any]:
    """Context of the case page for a reader who speaks for `sides`."""
    book = places.book_of(case)
    kind = book.kind(case.kind)
    place = place_of(case)
    today = calendar.today()
    agreement = agreeing.current(case)
    context: dict[str, Any] = {
        "case": case,
        "mark": case.edition.mark,
        "kind": kind,
        "sentence": telling.place_sentence(case, telling.current_step(case), reader=reader),
        "steps": telling.public_steps(case),
        "timeline": telling.timeline(case, public=True, events=list(telling.events_of(case))),
        "acts": open_acts(case, sides),
        "place": place,
        "terms": [
            {"label": "岗位种类", "value": kind.title},
            {"label": "岗位名称", "value": case.need.title},
            {"label": "用人单位", "value": case.employer.name},
            {"label": "派出单位", "value": case.university.name},
            {"label": "开始日期", "value": f"{case.starts_on:%Y-%m-%d}"},
            {"label": "聘期（月）", "value": case.term_months},
            {"label": "每年在岗天数", "value": case.days_per_year},
            {"label": "年报酬（元）", "value": f"{case.pay_per_year:,.2f}"},
        ],
        "findings": case.findings,
        "agreement": agreement,
        "copies": {copy.side: copy for copy in agreement.copies.select_related("signed_by")}
        if agreement
        else {},
        "letters": [
            letter
            for letter in case.letters.filter(state="valid").select_related("issuer").order_by("pk")
            if letter.kind != AgreementText.kind or sides
        ],
    }
    if place is not None:
        done = serving.days_done([place], today.year).get(place.pk, (0, 0))
        context |= {
            "days": {"confirmed": done[0], "entered": done[1], "due": serving.days_due(place, today.year)},
            "gone": place.share_gone(today),
            "reports": place.reports.order_by("starts_on"),
            "ratings": [
                (one, book.rating(one.result).title if one.result else "")
                for one in place.ratings.order_by("number")
            ],
            "proposals": [
                (one, countersigning.in_words(one), list(one.signatures.all()))
                for one in place.proposals.select_related("placement__case__edition").prefetch_related(
                    "signatures"
                )
            ],
            "claims": [
                (one, book.subsidy(one.code).title, funds.timeline(one.award) if one.award else [])
                for one in place.claims.select_related("award", "claimant")
            ],
            "suspensions": place.suspensions.all(),
            "extensions": place.extensions.all(),
            "today": today,
        }
    return context
