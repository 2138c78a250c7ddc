"""Applicants' URLs."""

from django.urls import path

from . import aftercare, beginning, filing, flats, my, subsidies, team
from .placements import my as placements

app_name = "my"
urlpatterns = [
    path("", my.home, name="home"),
    path("begin/<slug:slug>/", beginning.at_my, name="begin"),
    path("flats/", flats.home, name="flats"),
    path("placements/", placements.home, name="placements"),
    path("placements/offers/<int:pk>/", placements.answer_offer, name="placement_offer"),
    path("placements/relations/", placements.relations_page, name="placement_relations"),
    path("placements/apply/<str:number>/", placements.apply, name="placement_apply"),
    path("placements/<str:number>/", placements.case_page, name="placement"),
    path("placements/<str:number>/<slug:act>/", placements.act, name="placement_act"),
    path("teams/join/<str:token>/", team.join, name="team_join"),
    path("teams/<uuid:key>/", team.member_page, name="member"),
    path("teams/<uuid:key>/<slug:code>/", team.member_part, name="member_part"),
    path("messages/", my.message_list, name="messages"),
    path("account/", my.account, name="account"),
    path("account/reveal/", my.reveal_own, name="reveal_own"),
    path("cases/<str:number>/", my.case_page, name="case"),
    path("cases/<str:number>/team/", team.team_page, name="team"),
    path("cases/<str:number>/agreement/", aftercare.my_agreement, name="agreement"),
    path("cases/<str:number>/milestones/<int:place>/", aftercare.my_milestone, name="milestone"),
    path("cases/<str:number>/services/", aftercare.services, name="services"),
    path("cases/<str:number>/services/<int:place>/", aftercare.service, name="service"),
    path("cases/<str:number>/family/", aftercare.withdraw_family, name="withdraw_family"),
    path("cases/<str:number>/changes/<str:award>/", subsidies.my_change, name="change"),
    path("cases/<str:number>/recoveries/<str:recovery>/object/", subsidies.object_to, name="object"),
    path("cases/<str:number>/urge/", my.urge, name="urge"),
    path("cases/<str:number>/withdraw/", my.withdraw, name="withdraw"),
    path("cases/<str:number>/dossier/", filing.dossier, name="dossier"),
    path("cases/<str:number>/dossier/<slug:code>/", filing.part, name="part"),
    path("cases/<str:number>/materials/", filing.material_list, name="materials"),
    path("cases/<str:number>/consent/", filing.consent, name="consent"),
    path("cases/<str:number>/review/", filing.review, name="review"),
    path("cases/<str:number>/done/", filing.done, name="done"),
    path("cases/<str:number>/fix/", my.fix, name="fix"),
    path("cases/<str:number>/promise/", my.promise, name="promise"),
    path("cases/<str:number>/fulfil/", my.fulfil, name="fulfil"),
]
