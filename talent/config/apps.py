"""One AppConfig per storey; labels are database identifiers and never change."""

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig as DjangoStaticFiles


class CoreConfig(AppConfig):
    name = "talent.core"
    label = "core"
    verbose_name = "人才服务"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # app ready: the checks and the deletion guard must see every model loaded.
        from talent.core.services import deletion, signin

        deletion.connect()
        signin.connect()


class GreenChannelConfig(AppConfig):
    name = "talent.green_channel"
    label = "green_channel"
    verbose_name = "顶尖人才直通车"
    default_auto_field = "django.db.models.BigAutoField"


class PlacementsConfig(AppConfig):
    name = "talent.placements"
    label = "placements"
    verbose_name = "校聘企用"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # app ready: the loader belongs to the services, which import models.
        from talent.core.services import policy
        from talent.placements.rules import rows, rulebook

        policy.extend("placements", policy.Extension(many=rows.MANY, one=rows.ONE, check=rulebook.check))


class HousingConfig(AppConfig):
    name = "housing"
    label = "housing"
    verbose_name = "人才安居"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # app ready: the loader belongs to the services, which import models.
        from housing.rules import EXTRA_MANY, EXTRA_ONE, EXTRA_OPTIONAL, checks
        from talent.core.services import policy

        policy.extend(
            "housing",
            policy.Extension(many=EXTRA_MANY, one=EXTRA_ONE, optional=EXTRA_OPTIONAL, check=checks.check),
        )


class WorkflowsConfig(AppConfig):
    name = "workflows"
    label = "workflows"
    verbose_name = "办理流程"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # app ready: the flows import models of every policy, and bring their own process rows.
        from workflows import base, processes

        base.register_checks(lambda: processes.PROCESSES)


class StaticFilesConfig(DjangoStaticFiles):
    """Viewflow's own 49 MB are never served, and one of its style sheets names a file it does not have."""

    ignore_patterns = [*DjangoStaticFiles.ignore_patterns, "viewflow"]  # noqa: RUF012
