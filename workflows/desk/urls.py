"""Officers' URLs: the case number and the step's name, never a row number of the engine."""

from django.urls import include, path

from . import acts, case, checking, limits, management, pages
from .aftercare import agreements, evaluations, orders

app_name = "desk"
urlpatterns = [
    path("", pages.home, name="home"),
    path("cases/", pages.cases, name="cases"),
    path("find/", pages.find_person, name="find_person"),
    path("claim/", pages.batch_claim, name="batch_claim"),
    path("publicity/", management.publicity_list, name="publicity"),
    path("publicity/<str:number>/settle/", management.settle, name="settle"),
    path("organisations/", management.organisation_list, name="organisations"),
    path("credit/", management.credit, name="credit"),
    path("supervise/", management.supervise, name="supervise"),
    path("deputies/", management.deputies, name="deputies"),
    path("appointments/", management.appointment_list, name="appointments"),
    path("second-factors/", management.second_factors, name="second_factors"),
    path("audit/", management.audit, name="audit"),
    path("matrix/", management.matrix, name="matrix"),
    path("funds/", include("workflows.desk.funds.urls")),
    path("orders/", orders.order_list, name="orders"),
    path("orders/<str:number>/<int:place>/", orders.order_page, name="order"),
    path("people/", orders.people, name="people"),
    path("recognised/", evaluations.recognised_list, name="recognised"),
    path("cases/<str:number>/", case.detail, name="case"),
    path("cases/<str:number>/services/", orders.case_services, name="case_services"),
    path("cases/<str:number>/agreement/", agreements.agreement, name="agreement"),
    path("cases/<str:number>/agreement/draft/", agreements.draft, name="agreement_draft"),
    path("cases/<str:number>/evaluations/", evaluations.evaluation_list, name="evaluations"),
    path("cases/<str:number>/evaluations/<slug:kind>/<int:year>/", evaluations.evaluation, name="evaluation"),
    path("cases/<str:number>/take-back/", acts.take_back, name="take_back"),
    path("cases/<str:number>/stop/", acts.stop, name="stop"),
    path("cases/<str:number>/extension/", limits.ask_extension, name="extend"),
    path("cases/<str:number>/extension/<int:pk>/", limits.settle_extension, name="settle_extension"),
    path("cases/<str:number>/edition/", limits.edition, name="edition"),
    path("cases/<str:number>/supervise/", acts.supervise, name="supervise_case"),
    path("cases/<str:number>/urges/<int:urge>/reply/", acts.reply, name="reply"),
    path("cases/<str:number>/message/", acts.message, name="message"),
    path("cases/<str:number>/note/", acts.note, name="note"),
    path("cases/<str:number>/reveal/", acts.reveal, name="reveal"),
    path("cases/<str:number>/checks/more/", checking.more, name="check_more"),
    path("cases/<str:number>/checks/<int:place>/revise/", checking.revise, name="check_revise"),
    path("cases/<str:number>/steps/<slug:node>/", case.decide, name="decide"),
    path("cases/<str:number>/steps/<slug:node>/claim/", acts.claim, name="claim"),
    path("cases/<str:number>/steps/<slug:node>/put-back/", acts.put_back, name="put_back"),
    path("cases/<str:number>/steps/<slug:node>/transfer/", acts.transfer, name="transfer"),
]
