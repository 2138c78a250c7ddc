"""What people do every week in 校聘企用, counted in taps and clicks."""

import re

from django.utils import timezone
from playwright.sync_api import expect

from .conftest import PHONE


class Clicks:
    """Counts what a hand does on a page."""

    def __init__(self, page) -> None:
        self.page, self.number = page, 0

    def on(self, target) -> None:
        self.number += 1
        target.click()


def test_a_person_logs_a_day_on_a_phone_in_at_most_three_taps(town, window):
    page = window("zaigang", viewport=PHONE, has_touch=True)
    page.goto("/my/")
    clicks = Clicks(page)
    clicks.on(page.get_by_role("link", name=re.compile("我的岗位")).first)
    clicks.on(page.get_by_role("button", name="登记", exact=True))
    expect(page.locator("main, body").first).to_contain_text("已登记")
    assert clicks.number <= 3
    assert f"{timezone.localdate():%Y-%m-%d}" in page.inner_text("main")


def test_hr_confirms_thirty_days_in_one_act(town, window):
    page = window(town.placements.crowd_hr.username)
    page.goto("/unit/placements/days/")
    expect(page.locator("[name=day]:checked")).to_have_count(30)
    clicks = Clicks(page)
    clicks.on(page.get_by_role("button", name="确认所选"))
    expect(page.locator("body")).to_contain_text("已确认30天")
    assert clicks.number == 1
    assert not town.placements.crowd_place.days.filter(state="logged").exists()


def test_twenty_reports_without_a_change_take_at_most_three_clicks(town, window):
    page = window(town.placements.crowd_hr.username)
    page.goto("/unit/placements/")
    clicks = Clicks(page)
    clicks.on(page.get_by_role("link", name=re.compile("定期报告")).first)
    expect(page.locator("[name=report]:checked")).to_have_count(20)
    clicks.on(page.get_by_role("button", name=re.compile("无变化")).last)
    expect(page.locator("body")).to_contain_text("已提交20份报告")
    assert clicks.number <= 3
