"""The leaders' URLs. A lead is named by its key, which says nothing about the person."""

from django.urls import path

from . import atlas, chains, pages

app_name = "lead"
urlpatterns = [
    path("", pages.home, name="home"),
    path("list/<slug:name>/", pages.listing, name="list"),
    path("table/<slug:name>.csv", pages.table, name="table"),
    path("report/<slug:month>.pdf", pages.report, name="report"),
    path("red/", pages.red, name="red"),
    path("red/<str:number>/supervise/", pages.supervise, name="supervise"),
    path("chains/", chains.chains, name="chains"),
    path("chains/<slug:code>/", chains.chain, name="chain"),
    path("chains/<slug:code>/<int:pk>/end/", chains.end, name="end"),
    path("atlas/", atlas.search, name="atlas"),
    path("atlas/new/", atlas.add, name="add"),
    path("atlas/import/", atlas.bring_in, name="import"),
    path("atlas/import/template.xlsx", atlas.template, name="template"),
    path("atlas/<uuid:key>/", atlas.one, name="one"),
    path("atlas/<uuid:key>/change/", atlas.change, name="change"),
    path("atlas/<uuid:key>/achievement/", atlas.achievement, name="achievement"),
    path("atlas/<uuid:key>/contact/", atlas.contact, name="contact"),
    path("atlas/<uuid:key>/drop/", atlas.drop, name="drop"),
    path("atlas/<uuid:key>/reveal/<slug:field>/", atlas.reveal, name="reveal"),
]
