"""Whether a person may hold a post at a firm: asked at the application and again at the agreement.

One finding per condition, in the order of the edition's list, so that a page shows all of them and a refusal quotes
the first that fails.
"""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .answers import Finding
from .rulebook import Rulebook
from .term import add_months

_DEGREE_WORDS = {"doctor": "博士", "master": "硕士", "bachelor": "学士"}


@dataclass(frozen=True)
class HeldPost:
    """A post the person holds or has been promised: its kind, firm, term and days a year."""

    kind: str
    firm: str
    starts_on: date
    ends_on: date
    days_per_year: int


@dataclass(frozen=True)
class Facts:
    """What an application says and what is known about its three sides.

    firm_refusal: why the firm does not fit, empty when it does. declared: codes of relations the person declared;
    recorded: code → fact of relations a bureau recorded. firm_posts: posts of this kind the firm has besides this
    one; person_posts: all other posts of the person. previous_rating: of the term to be renewed, empty when new.
    """

    kind: str
    starts_on: date
    months: int
    days_per_year: int
    firm_class: str
    birth_date: date | None
    degree: str
    title: str
    firm_refusal: str = ""
    declared: frozenset[str] = frozenset()
    recorded: Mapping[str, str] | None = None
    firm_posts: int = 0
    person_posts: tuple[HeldPost, ...] = ()
    previous_rating: str = ""


def examine(facts: Facts, *, book: Rulebook) -> tuple[Finding, ...]:
    """Every condition with its finding."""
    return (
        _firm(facts, book),
        _age(facts, book),
        _qualified(facts, book),
        _term(facts, book),
        _days(facts, book),
        _person_posts(facts, book),
        _firm_posts(facts, book),
        _days_overlap(facts, book),
        _relation(facts, book),
        _university_share(facts, book),
        *([renewable(facts.previous_rating, book=book)] if facts.previous_rating else []),
    )


def failed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that are not met."""
    return tuple(finding for finding in findings if not finding.passed)


def _found(book: Rulebook, code: str, passed: bool, fact: str, remedy: str, *, clause: str = "") -> Finding:
    row = book.condition(code)
    return Finding(code, row["text"], passed, clause or row["clause"], fact, "" if passed else remedy)


def _firm(facts: Facts, book: Rulebook) -> Finding:
    return _found(
        book,
        "firm_fit",
        not facts.firm_refusal,
        facts.firm_refusal or "企业已核验",
        "请由企业所在县市区核验后再办。",
    )


def _age_on(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _age(facts: Facts, book: Rulebook) -> Finding:
    kind = book.kind(facts.kind)
    clause = f"{book.condition('age')['clause']}（{kind.title}）"
    if not kind.age_max:
        return _found(book, "age", True, f"{kind.title}不限年龄", "", clause=clause)
    if facts.birth_date is None:
        return _found(book, "age", False, "没有出生日期", "请在个人资料中补填。", clause=clause)
    years = _age_on(facts.birth_date, facts.starts_on)
    return _found(
        book, "age", years <= kind.age_max,
        f"开始任职时{years}周岁，{kind.title}不超过{kind.age_max}周岁",
        _other_kinds(book, lambda one: not one.age_max or years <= one.age_max) or "没有不限此年龄的岗位种类。",
        clause=clause,
    )  # fmt: skip


def _other_kinds(book: Rulebook, fits) -> str:
    names = "、".join(kind.title for kind in book.kinds if fits(kind))
    return f"可以考虑：{names}。" if names else ""


def _qualified(facts: Facts, book: Rulebook) -> Finding:
    kind = book.kind(facts.kind)
    fits = facts.degree in kind.degrees or facts.title in kind.titles
    has = "、".join(part for part in (_DEGREE_WORDS.get(facts.degree, ""), facts.title) if part) or "未填写"
    asked = "或者".join(
        part
        for part in (
            "、".join(_DEGREE_WORDS[degree] for degree in kind.degrees),
            "、".join(kind.titles) and f"{'、'.join(kind.titles)}职称",
        )
        if part
    )
    return _found(
        book, "qualified", fits, f"学位职称为{has}，{kind.title}要求{asked}", "取得所要求的学位或者职称后可以申请。",
        clause=f"{book.condition('qualified')['clause']}（{kind.title}）",
    )  # fmt: skip


def _term(facts: Facts, book: Rulebook) -> Finding:
    kind = book.kind(facts.kind)
    return _found(
        book, "term", kind.term_min <= facts.months <= kind.term_max,
        f"聘期{facts.months}个月，规定{kind.term_min}至{kind.term_max}个月", "请调整聘期。",
        clause=f"{book.condition('term')['clause']}（{kind.title}）",
    )  # fmt: skip


def _days(facts: Facts, book: Rulebook) -> Finding:
    kind = book.kind(facts.kind)
    at_most = f"、不多于{kind.days_max}天" if kind.days_max else ""
    fits = facts.days_per_year >= kind.days_min and (
        not kind.days_max or facts.days_per_year <= kind.days_max
    )
    return _found(
        book, "days", fits, f"每年{facts.days_per_year}天，规定不少于{kind.days_min}天{at_most}", "请调整每年在岗天数。",
        clause=f"{book.condition('days')['clause']}（{kind.title}）",
    )  # fmt: skip


def _overlapping(facts: Facts) -> tuple[HeldPost, ...]:
    ends_on = add_months(facts.starts_on, facts.months) - timedelta(days=1)
    return tuple(
        post for post in facts.person_posts if post.starts_on <= ends_on and facts.starts_on <= post.ends_on
    )


def _person_posts(facts: Facts, book: Rulebook) -> Finding:
    kind = book.kind(facts.kind)
    held = [post for post in _overlapping(facts) if post.kind == facts.kind]
    firms = "、".join(f"{post.firm}（至{post.ends_on:%Y-%m-%d}）" for post in held) or "无"
    ends_on = add_months(facts.starts_on, facts.months) - timedelta(days=1)
    most = most_at_once([(post.starts_on, post.ends_on) for post in held], facts.starts_on, ends_on)
    return _found(
        book, "person_posts", most < kind.posts_per_person,
        f"同期已有{kind.title}岗位{len(held)}个：{firms}；上限{kind.posts_per_person}个",
        "原有岗位到期或者终止后可以再次申请，也可以改为在其到期之后开始。",
        clause=f"{book.condition('person_posts')['clause']}（{kind.title}）",
    )  # fmt: skip


def _firm_posts(facts: Facts, book: Rulebook) -> Finding:
    kind = book.kind(facts.kind)
    quota = book.quota(facts.kind, facts.firm_class)
    return _found(
        book, "firm_posts", facts.firm_posts < quota.posts,
        f"企业已用{kind.title}名额{facts.firm_posts}个，共{quota.posts}个",
        "企业现有岗位到期、终止后可以再次申请；企业类别有变化的，请县市区更正。",
        clause=f"{quota.clause}（{kind.title}）",
    )  # fmt: skip


def most_at_once(spans: Iterable[tuple[date, date]], starts_on: date, ends_on: date) -> int:
    """How many of the spans (first day, last day) lie on the same day between two days, at most."""
    touching = [span for span in spans if span[0] <= ends_on and starts_on <= span[1]]
    # The number rises only where a span begins.
    days = {max(start, starts_on) for start, _end in touching}
    return max((sum(start <= day <= end for start, end in touching) for day in days), default=0)


def terms(kind: str, months: int, days_per_year: int, *, book: Rulebook) -> tuple[Finding, ...]:
    """Whether a need asks for a term and days the kind allows."""
    asked = Facts(
        kind=kind, starts_on=date.min, months=months, days_per_year=days_per_year, firm_class="",
        birth_date=None, degree="", title="",
    )  # fmt: skip
    return _term(asked, book), _days(asked, book)


def _days_in(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def promised_by_year(starts_on: date, ends_on: date, days_per_year: int) -> dict[int, int]:
    """The agreed days of each calendar year: the year's share of the term, rounded up."""
    shares = {}
    for year in range(starts_on.year, ends_on.year + 1):
        first, last = max(starts_on, date(year, 1, 1)), min(ends_on, date(year, 12, 31))
        covered = (last - first).days + 1
        shares[year] = -(-days_per_year * covered // _days_in(year))
    return shares


def _available(year: int, spans: Iterable[tuple[date, date]]) -> int:
    """Days of `year` that lie in at least one of the spans."""
    days, reached = 0, date(year, 1, 1) - timedelta(days=1)
    for start, end in sorted(spans):
        first, last = max(start, reached + timedelta(days=1)), min(end, date(year, 12, 31))
        if last >= first:
            days += (last - first).days + 1
            reached = last
    return days


def _days_overlap(facts: Facts, book: Rulebook) -> Finding:
    """A year cannot hold more days than it has: the agreed days of all posts together, year by year."""
    ends_on = add_months(facts.starts_on, facts.months) - timedelta(days=1)
    posts = [
        HeldPost(facts.kind, "本岗位", facts.starts_on, ends_on, facts.days_per_year),
        *facts.person_posts,
    ]
    own = promised_by_year(facts.starts_on, ends_on, facts.days_per_year)
    for year in own:
        total = sum(
            promised_by_year(post.starts_on, post.ends_on, post.days_per_year).get(year, 0) for post in posts
        )
        there = _available(year, [(post.starts_on, post.ends_on) for post in posts])
        if total > there:
            return _found(
                book, "days_overlap", False, f"{year}年各岗位约定合计{total}天，任职期间实有{there}天",
                f"请减少{total - there}天以上，或者错开任职时间。",
            )  # fmt: skip
    return _found(book, "days_overlap", True, "各岗位约定天数合计不超过实有天数", "")


def _relation(facts: Facts, book: Rulebook) -> Finding:
    recorded = facts.recorded or {}
    for row in book.relations:
        if row.code == "university_shares":
            continue
        if row.code in facts.declared or row.code in recorded:
            how = recorded.get(row.code) or "本人申明"
            return _found(
                book, "relation", False, f"{row.text}（{how}）", f"{row.advice}。", clause=row.clause
            )
    return _found(book, "relation", True, "本人申明没有，也没有记录应当回避的关系", "")


def _university_share(facts: Facts, book: Rulebook) -> Finding:
    row = next((one for one in book.relations if one.code == "university_shares"), None)
    known = (facts.recorded or {}).get("university_shares", "")
    declared = "university_shares" in facts.declared
    return _found(
        book, "university_share", not (known or declared),
        f"派出单位持有企业股份（{known or '派出单位申明'}）" if known or declared else "没有记录派出单位持股",
        f"{row.advice}。" if row else "",
        clause=row.clause if row else "",
    )  # fmt: skip


def renewable(rating: str, *, book: Rulebook) -> Finding:
    """Whether the term just rated may be renewed."""
    row = book.rating(rating)
    return _found(
        book, "renewable", row.renewal, f"上一次考核为{row.title}", "可以由企业另选人选；本人对考核有异议的，先提出异议。", clause=row.clause
    )  # fmt: skip
