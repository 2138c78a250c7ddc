"""Employers' and recommenders' URLs."""

from django.urls import path

from . import aftercare, beginning, rosters, subsidies, unit
from .placements import feed, needs, sheets
from .placements import unit as placements

app_name = "unit"
urlpatterns = [
    path("", unit.home, name="home"),
    path("begin/<slug:slug>/", beginning.at_unit, name="begin"),
    path("rosters/", rosters.home, name="rosters"),
    path("rosters/template.xlsx", rosters.template, name="roster_template"),
    path("rosters/<str:number>/", rosters.page, name="roster"),
    path("rosters/<str:number>/links.xlsx", rosters.links, name="roster_links"),
    path("placements/", placements.home, name="placements"),
    path("placements/days/", placements.days, name="placement_days"),
    path("placements/reports/", placements.reports, name="placement_reports"),
    path("placements/people.xlsx", sheets.people, name="placement_sheet"),
    path("placements/import/", sheets.import_needs, name="placement_import"),
    path("placements/calendar/", feed.manage, name="placement_feed"),
    path("placements/supply/", needs.supply_page, name="placement_supply"),
    path("placements/needs/", needs.need_list, name="placement_needs"),
    path("placements/needs/new/", needs.need_new, name="placement_need_new"),
    path("placements/needs/<str:number>/", needs.need_page, name="placement_need"),
    path("placements/cases/<str:number>/", placements.case_page, name="placement"),
    path("placements/cases/<str:number>/<slug:act>/", placements.act, name="placement_act"),
    path("register/", unit.register, name="register"),
    path("members/", unit.members, name="members"),
    path("members/invitations/<int:pk>/revoke/", unit.revoke_invitation, name="revoke_invitation"),
    path("subsidies/", subsidies.subsidies, name="subsidies"),
    path("subsidies/<str:award>/changes/", subsidies.unit_change, name="change"),
    path("posts/<int:pk>/", subsidies.posts, name="posts"),
    path("cases/<str:number>/", unit.case_page, name="case"),
    path("cases/<str:number>/agreement/", aftercare.unit_agreement, name="agreement"),
    path("cases/<str:number>/milestones/<int:place>/", aftercare.unit_milestone, name="milestone"),
    path("cases/<str:number>/evaluations/", aftercare.reports, name="evaluations"),
    path("cases/<str:number>/answer/", unit.answer, name="answer"),
    path("cases/<str:number>/revise/", beginning.revise, name="revise"),
]
