"""Money's URLs: numbers of batches, awards and recoveries as people see them."""

from django.urls import path

from . import awards, batches, budgets, changes, due, rechecks, recoveries

app_name = "funds"
urlpatterns = [
    path("", due.due, name="due"),
    path("export/", due.export, name="due_export"),
    path("preview/", batches.preview, name="preview"),
    path("prepare/", batches.prepare, name="prepare"),
    path("batches/", batches.batch_list, name="batches"),
    path("batches/<str:number>/", batches.detail, name="batch"),
    path("batches/<str:number>/sign/", batches.sign, name="sign"),
    path("batches/<str:number>/take-back/", batches.take_back, name="take_back"),
    path("batches/<str:number>/file/", batches.bank_file, name="bank_file"),
    path("batches/<str:number>/send/", batches.send, name="send"),
    path("batches/<str:number>/result/", batches.result, name="result"),
    path("batches/<str:number>/lines/<int:place>/bounce/", batches.bounce, name="bounce"),
    path("awards/<str:number>/", awards.detail, name="award"),
    path("awards/<str:number>/change/", awards.change, name="award_change"),
    path("awards/<str:number>/instalments/<int:seq>/", awards.instalment, name="instalment"),
    path("awards/<str:number>/instalments/<int:seq>/recheck/", rechecks.recheck, name="recheck"),
    path("awards/<str:number>/reviews/<int:year>/", rechecks.review, name="review"),
    path("awards/<str:number>/changes/<int:place>/", changes.detail, name="change"),
    path("awards/<str:number>/recover/", recoveries.assess, name="assess"),
    path("changes/", changes.change_list, name="changes"),
    path("reviews/", rechecks.review_list, name="reviews"),
    path("recoveries/", recoveries.recovery_list, name="recoveries"),
    path("recoveries/<str:number>/", recoveries.detail, name="recovery"),
    path("recoveries/<str:number>/act/", recoveries.act, name="recovery_act"),
    path("budget/", budgets.budget, name="budget"),
    path("budget/<int:line>/", budgets.change, name="budget_change"),
    path("ageing/", budgets.ageing, name="ageing"),
]
