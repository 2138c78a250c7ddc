"""What every page is drawn with: icons, lights, field groups, breadcrumbs and sortable heads.

Load with `{% load pages %}`. The markup itself stands in `templates/components/`; this module only
hands the components values they can rely on, so that a forgotten optional parameter never becomes
an unknown template variable.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.template import Context, TemplateSyntaxError
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from talent.core.services import funds

register = template.Library()

# Value of `clock.Light` -> tone of the tag, icon (the shape), word. Three signs, never colour alone.
LIGHTS = {
    "green": ("ok", "circle-check", gettext_lazy("正常")),
    "yellow": ("warn", "triangle-alert", gettext_lazy("临期")),
    "red": ("err", "octagon-alert", gettext_lazy("超期")),
    "paused": ("mute", "circle-pause", gettext_lazy("暂停")),
    "done": ("info", "check-check", gettext_lazy("办结")),
}


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, css_class: str = "") -> SafeString:
    """The Lucide icon `name` as inline SVG, hidden from screen readers (words stand beside it).

    Raises TemplateSyntaxError when Lucide has no icon of that name.
    """
    try:
        return lucide(
            str(name),
            size=18,
            **{
                "class": f"icon {css_class}".strip(),
                "aria-hidden": "true",
                "focusable": "false",
            },
        )
    except IconDoesNotExist as error:
        raise TemplateSyntaxError(f"图标 {name!r} 不在 lucide 图标库中，请核对名称。") from error


def _light(value: Any) -> tuple[str, str, Any]:
    """Tone, icon and word of a light; raises TemplateSyntaxError for a value that is no light."""
    key = str(getattr(value, "value", value))
    try:
        return LIGHTS[key]
    except KeyError:
        raise TemplateSyntaxError(f"未知的时限灯号 {key!r}，只有 {'、'.join(LIGHTS)}。") from None


@register.filter
def light_tag(value: Any, text: Any = "") -> SafeString:
    """A light as a tag of shape, word and colour; `text` follows the word: `{{ light|light_tag:"剩 2 日" }}`.

    Takes a `clock.Light` or its value; an empty value (no clock runs) gives an empty string.
    """
    if not value:
        return mark_safe("")
    tone, shape, word = _light(value)
    detail = format_html(" {}", text) if text else ""
    return format_html('<span class="tag tag-{}">{}{}{}</span>', tone, icon(shape), word, detail)


@register.filter
def light_class(value: Any) -> str:
    """The class that marks a table row by its light (`row-err`, `row-warn` …); '' when no clock runs."""
    return f"row-{_light(value)[0]}" if value else ""


@register.filter
def light_word(value: Any) -> str:
    """The word of a light alone, for sentences and print; '' when no clock runs."""
    return str(_light(value)[2]) if value else ""


@register.inclusion_tag("components/field.html")
def field(bound_field: BoundField, wide: bool = False) -> dict[str, Any]:
    """A field group: label with 必填, hint, errors and control, tied together for screen readers.

    `wide` makes the group span both columns of a `.fields-2` grid.
    """
    if not isinstance(bound_field, BoundField):
        raise TemplateSyntaxError("field 标签需要表单字段，例如 form.name；请检查字段名是否写错。")
    return {"field": bound_field, "wide": wide}


@register.inclusion_tag("components/breadcrumbs.html")
def crumbs(*parts: str) -> dict[str, Any]:
    """Breadcrumbs from `address, words` pairs; the last part, without address, is the page itself.

    `{% crumbs "/desk/" "工作台" case_url case.number "材料初审" %}`
    """
    *pairs, current = parts
    if len(pairs) % 2:
        raise TemplateSyntaxError("crumbs 标签的参数应为若干“网址 文字”对，最后一项为当前页文字。")
    links = [{"url": url, "label": label} for url, label in zip(pairs[::2], pairs[1::2], strict=True)]
    return {"links": links, "current": current}


@register.simple_tag(takes_context=True)
def sort_head(context: Context, key: str, label: str, css_class: str = "") -> SafeString:
    """A `<th>` whose link sorts the list by `key` through `?sort=`; a second click turns the order round.

    Other filters in the address are kept, the page position is dropped: it means nothing in a new order.
    """
    query = context.request.GET.copy()
    current = query.get("sort", "")
    for position in ("page", "cursor", "after", "before"):
        query.pop(position, None)
    query["sort"] = f"-{key}" if current == key else key
    order = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    return render_to_string(
        "components/sort_head.html",
        {
            "label": label,
            "url": f"?{query.urlencode()}",
            "order": order,
            "css_class": css_class,
        },
    )


@register.inclusion_tag("components/steps.html")
def steps(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The steps of a process: each item has `label`, `state` ('done', 'current', 'todo') and perhaps `note`.

    The sentence “第 n 步，共 m 步” is made here so that the position is also said in words.
    """
    items = [{"note": "", **item} for item in items]
    position = next((n for n, item in enumerate(items, 1) if item["state"] == "current"), 0)
    if position:
        sentence = gettext("第 %(now)d 步，共 %(all)d 步：") % {
            "now": position,
            "all": len(items),
        }
        sentence += str(items[position - 1]["label"])
    elif items and all(item["state"] == "done" for item in items):
        sentence = gettext("共 %(all)d 步，已全部完成") % {"all": len(items)}
    else:
        sentence = gettext("共 %(all)d 步") % {"all": len(items)}
    return {"items": items, "sentence": sentence}


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: Any) -> dict[str, Any]:
    """All errors of forms and formsets in one box at the head of the page, each linked to its field.

    Parts that are None are passed over, so a page can name forms it does not always show.
    """
    entries = [entry for form in forms if form is not None for entry in _errors(form)]
    return {"entries": entries}


def _errors(form: Any) -> list[dict[str, str]]:
    """The errors of one form or formset as dicts of `id` (target, may be empty), `label` and `error`."""
    if not form.is_bound:
        return []
    if hasattr(form, "forms"):
        rows = [{"id": "", "label": "", "error": error} for error in form.non_form_errors()]
        return rows + [entry for member in form.forms for entry in _errors(member)]
    found = []
    for name, errors in form.errors.items():
        bound = form[name] if name in form.fields else None
        for error in errors:
            found.append(
                {
                    # id_for_label is empty for groups of radios: there the group itself is the target.
                    "id": (bound.id_for_label or bound.auto_id) if bound else "",
                    "label": bound.label if bound else "",
                    "error": error,
                }
            )
    return found


@register.filter
def yuan(amount: Any) -> str:
    """元 for reading: thousands separated, two places; empty for None. Kept amounts (JSON) come as text."""
    return "" if amount is None else funds.yuan(Decimal(amount))
