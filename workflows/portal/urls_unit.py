"""Employers' and recommenders' URLs."""

from django.urls import path

from . import aftercare, beginning, unit

app_name = "unit"
urlpatterns = [
    path("", unit.home, name="home"),
    path("begin/<slug:slug>/", beginning.at_unit, name="begin"),
    path("register/", unit.register, name="register"),
    path("members/", unit.members, name="members"),
    path("members/invitations/<int:pk>/revoke/", unit.revoke_invitation, name="revoke_invitation"),
    path("cases/<str:number>/", unit.case_page, name="case"),
    path("cases/<str:number>/agreement/", aftercare.unit_agreement, name="agreement"),
    path("cases/<str:number>/evaluations/", aftercare.reports, name="evaluations"),
    path("cases/<str:number>/revise/", beginning.revise, name="revise"),
]
