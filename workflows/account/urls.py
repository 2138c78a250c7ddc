"""URLs of an account's safety."""

from django.urls import path

from . import pages

urlpatterns = [
    path("second-factor/", pages.device, name="second_factor"),
    path("second-factor/check/", pages.check, name="second_factor_check"),
]
