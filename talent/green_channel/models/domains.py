"""The policy's five service domains (济政发〔2025〕8号 item 9)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Domain(models.TextChoices):
    SETTLING = "settling", _("引进落地")
    LIVING = "living", _("生活保障")
    CAREER = "career", _("事业发展")
    VENTURE = "venture", _("创业投资")
    CARE = "care", _("人文关怀")
