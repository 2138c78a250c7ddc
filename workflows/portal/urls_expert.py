"""Experts' URLs: a seat by its random key, never the case number."""

from django.urls import path

from . import expert

app_name = "expert"
urlpatterns = [
    path("", expert.home, name="home"),
    path("<uuid:key>/", expert.seat_page, name="seat"),
    path("<uuid:key>/answer/", expert.answer, name="answer"),
]
