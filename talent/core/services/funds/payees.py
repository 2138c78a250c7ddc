"""To whom an award is paid: a person or an organisation, into an account that is sealed. A change is a new row."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core import identifiers, roles
from talent.core.models import Award, Instalment, Organisation, Payee, TalentProfile, User

from .. import cases
from ..errors import ActRefused
from . import rights
from .instalments import stated

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True)
class Account:
    """To whom and where: a person, or an organisation (employer, university), with the account in its name."""

    to: TalentProfile | Organisation
    holder: str
    bank: str
    number: str


def set_payee(award: Award, account: Account, *, actor: User, reason: str = "") -> Payee:
    """The account of an award from now on; earlier ones stay as they were."""
    person = account.to if isinstance(account.to, TalentProfile) else None
    if person:
        kind = Payee.Kind.PERSON
    elif account.to.kind == Organisation.Kind.UNIVERSITY:
        kind = Payee.Kind.UNIVERSITY
    else:
        kind = Payee.Kind.EMPLOYER
    number = identifiers.normalise(account.number)
    if not number.isdecimal() or not 8 <= len(number) <= 32:
        raise ActRefused(_("银行账号应为8至32位数字，请核对。"), code="account")
    if not account.holder.strip() or account.holder.startswith(_FORMULA) or not account.bank.strip():
        raise ActRefused(_("请填写户名和开户银行；户名不能以符号开头。"), code="account")
    award.payees.filter(current=True).update(current=False)
    return Payee.objects.create(
        award=award, kind=kind, person=person, organisation=None if person else account.to,
        holder=account.holder.strip(), bank=account.bank.strip(), account=number, reason=reason, set_by=actor,
    )  # fmt: skip


@transaction.atomic
def change_payee(award: Award, account: Account, *, actor: User, reason: str) -> Payee:
    """变更收款方 or account. Refused while an instalment is on its way to the old one."""
    award = rights.lock_award(award)
    standing = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    if award.instalments.filter(state__in=Instalment.ON_ITS_WAY).exists():
        raise ActRefused(_("有一期正在拨付，请等银行回盘后再变更收款账户。"))
    reason = stated(reason)
    payee = set_payee(award, account, actor=actor, reason=reason)
    cases.record(
        award.case, "payee_changed", actor=actor, standing=standing, title=_("变更收款账户"), public_text=reason,
        figures={"award": award.number, "payee": payee.pk, "kind": payee.kind},
    )  # fmt: skip
    return payee
