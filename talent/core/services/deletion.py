"""Nothing that a case may rest on is deleted: deactivate, withdraw, supersede, dismiss instead.

Viewflow's `task.owner` would cascade, and guardian's rows outlive their object and would fall to a stranger
with the same key: both are closed by refusing the deletion itself. The append-only triggers stand behind it.
"""

from django.apps import apps
from django.db.models import ProtectedError
from django.db.models.signals import pre_delete
from django.utils.translation import gettext as _

from talent.core import models

PROTECTED = (
    models.User, models.TalentProfile, models.Organisation, models.Case, models.CaseEvent, models.Letter,
    models.LetterRead, models.VoidedNumber, models.Document, models.DocumentVersion, models.Consent,
    models.CreditMark, models.Appointment, models.Deputy, models.Invitation, models.AuditEntry, models.AuditHead,
    models.DailySeal, models.BudgetLine, models.Award, models.AwardLine, models.Payee, models.Instalment,
    models.Recheck, models.PaymentBatch, models.BatchLine, models.Signature, models.ResultFile, models.Recovery,
    models.Offset, models.Receipt, models.WriteOff, models.LedgerEntry,
)  # fmt: skip


def refuse(sender, instance, **kwargs) -> None:
    """Raise `ProtectedError`, naming the kind of thing and what to do instead."""
    kind = instance._meta.verbose_name
    raise ProtectedError(_("%(kind)s不能删除，请改为停用、撤回、替代或免去。") % {"kind": kind}, {instance})


def connect() -> None:
    """Guard every protected model and the policies' cases that inherit from `Case`."""
    for model in apps.get_models():
        if issubclass(model, PROTECTED):
            pre_delete.connect(refuse, sender=model, dispatch_uid=f"never_deleted_{model._meta.label}")
