"""All pages. Viewflow's own viewsets are not mounted; the admin is the core's, without permission pages."""

from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from talent.core.admin import site
from workflows.desk import case, team
from workflows.desk.aftercare import agreements, evaluations, milestones, orders
from workflows.desk.funds import changes
from workflows.desk.placements import files
from workflows.portal import accounts, aftercare
from workflows.portal.placements.feed import calendar_feed
from workflows.public import needs, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("hall/", pages.hall, name="hall"),
    path("hall/<slug:slug>/", pages.guide, name="guide"),
    path("hall/<slug:slug>/eligibility/", pages.eligibility, name="eligibility"),
    path("hall/<slug:slug>/chart/", pages.chart, name="chart"),
    path("publicity/", pages.publicity_list, name="publicity_list"),
    path("publicity/<uuid:key>/", pages.publicity_page, name="publicity_page"),
    path("excused/", aftercare.excused, name="excused"),
    path("needs/", needs.need_list, name="needs"),
    path("needs/<str:number>/", needs.need_page, name="need"),
    path("calendar/<str:token>.ics", calendar_feed, name="calendar_feed"),
    path("check/", pages.check_letter, name="check"),
    path("check/<str:code>/", pages.check_letter, name="check_letter"),
    path("query/", pages.query, name="query"),
    path("source/", pages.source, name="source"),
    path("preferences/", pages.preferences, name="preferences"),
    path("welcome/", pages.home_after_login, name="home_after_login"),
    path("join/<str:token>/", accounts.join, name="join"),
    path("accounts/new/", accounts.open_account, name="open_account"),
    path("accounts/login/", login_not_required(pages.SignIn.as_view()), name="login"),
    path("accounts/logout/", login_not_required(auth.LogoutView.as_view()), name="logout"),
    path("accounts/password/", pages.ChangePassword.as_view(), name="password_change"),
    path("accounts/password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("account/", include("workflows.account.urls")),
    path("files/<str:number>/<slug:code>/", case.material_file, name="material_file"),
    path("files/<str:number>/<slug:code>/<int:page>/", case.material_page, name="material_page"),
    path("letters/<str:number>/<str:code>.pdf", case.letter_file, name="letter_file"),
    path(
        "files/<str:number>/milestones/<int:place>/evidence/", milestones.evidence, name="milestone_evidence"
    ),
    path("files/<str:number>/team/<uuid:key>/<str:code>/", team.member_file, name="member_file"),
    path("files/<str:number>/changes/<int:place>/evidence/", changes.evidence, name="change_evidence"),
    path("files/<str:number>/services/<int:place>/evidence/", orders.evidence, name="service_evidence"),
    path(
        "files/<str:number>/agreement/<int:version>/<slug:side>/", agreements.signed_copy, name="signed_copy"
    ),
    path(
        "files/<str:number>/claims/<slug:code>/<int:period>/evidence/",
        files.claim_evidence,
        name="claim_evidence",
    ),
    path("files/<str:number>/ratings/<int:year>/evidence/", files.rating_evidence, name="rating_evidence"),
    path(
        "files/<str:number>/placement/<int:version>/<slug:side>/",
        files.signed_agreement,
        name="signed_agreement",
    ),
    path(
        "files/<str:number>/evaluations/<slug:kind>/<int:year>/",
        evaluations.report_file,
        name="evaluation_report",
    ),
    path("my/", include("workflows.portal.urls_my")),
    path("unit/", include("workflows.portal.urls_unit")),
    path("expert/", include("workflows.portal.urls_expert")),
    path("desk/", include("workflows.desk.urls")),
    path("lead/", include("workflows.board.urls")),
    path("admin/", site.urls),
]
