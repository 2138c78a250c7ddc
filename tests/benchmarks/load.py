"""Many cases in one go: copies of one real case, its person, parties, event and open step, made inside the database.

Of every twenty cases one waits to be claimed, one has been taken, the rest are over. They are spread over fifty
employers, ten bureaus and all counties, so that an officer's list is a small part of everything.
"""

from django.db import connection, models
from viewflow.workflow.models import Process, Task

from talent.core import roles
from talent.core.models import Case, CaseEvent, CaseParty, Organisation, Region, User

# Keys of the copies begin here, above those of the real rows.
FIRST = 1_000_000
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
OPEN = "i % 20 < 2"


def _in_turn(keys: list[int], every: int = 1) -> str:
    """SQL that deals out `keys` one after the other, each `every` times."""
    cases = " ".join(f"WHEN {place} THEN {key}" for place, key in enumerate(keys))
    return f"(CASE (i / {every}) % {len(keys)} {cases} END)"


def _copy(template: models.Model, numbers: range, where: str = "", **columns: str) -> None:
    """One copy of the row `template` for each number i; `columns` gives the SQL of what differs."""
    meta = type(template)._meta.concrete_model._meta
    names = [field.column for field in meta.concrete_fields]
    values = ", ".join(columns.get(name, f't."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT {numbers.start} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {numbers.stop})"
            f" INSERT INTO {meta.db_table} ({listed}) SELECT {values} FROM {meta.db_table} t, n"
            f" WHERE t.{meta.pk.column} = {template.pk} {where and f'AND {where}'}"
        )


class Load:
    """Grows a database in which one case, open at its intake, stands for all."""

    def __init__(self, case: Case, *, officer: User) -> None:
        self.case, self.officer, self.size = Case.objects.get(pk=case.pk), officer, 0
        self.step = case.open_steps.select_related("task__process").get()
        bureaus = Organisation.objects.filter(kind="bureau", region__kind="city")
        self.bureaus = list(bureaus.exclude(pk=case.intake_organisation_id).order_by("pk")[:10])
        self.employers = list(Organisation.objects.filter(kind="employer").order_by("pk"))
        self.regions = list(Region.objects.exclude(kind="city").order_by("pk").values_list("pk", flat=True))

    def grow(self, size: int) -> None:
        """Until there are `size` copies."""
        postgres = connection.vendor == "postgresql"
        numbers, key = range(self.size, size), f"{FIRST} + i"
        digits = "lpad(i::text, 7, '0')" if postgres else "substr('0000000' || i, -7)"
        unique = "gen_random_uuid()" if postgres else "lower(hex(randomblob(16)))"
        due = "date '2026-01-01' + (i % 200)::int" if postgres else "date('2026-01-01', (i % 200) || ' days')"
        employer = _in_turn([one.pk for one in self.employers])
        bureau = _in_turn([one.pk for one in self.bureaus], 20)
        _copy(
            self.case.applicant, numbers, id=key, row_key=unique, user_id="NULL", id_number_index="'n' || i",
            name=f"substr('{SURNAMES}', 1 + i % {len(SURNAMES)}, 1) || i",
        )  # fmt: skip
        _copy(
            self.case, numbers, id=key, row_key=unique, number=f"'ZTC2020-' || {digits}", applicant_id=key,
            employer_id=employer, lead_organisation_id=bureau, region_id=_in_turn(self.regions), submission_key="NULL",
            query_code=digits, status=f"CASE WHEN {OPEN} THEN 'accepted' ELSE 'completed' END",
            step=f"CASE WHEN {OPEN} THEN 'form_review' ELSE '' END",
            closed_at=f"CASE WHEN {OPEN} THEN NULL ELSE t.created_at END",
        )  # fmt: skip
        for place, (organisation, capacity) in enumerate(
            (
                (employer, roles.Capacity.EMPLOYER),
                (bureau, roles.Capacity.LEAD),
                (str(self.case.intake_organisation_id), roles.Capacity.INTAKE),
            )
        ):
            _copy(
                CaseParty.objects.filter(case=self.case.pk).order_by("pk").first(), numbers,
                id=f"{FIRST} + 3 * i + {place}", case_id=key, organisation_id=organisation, capacity=f"'{capacity.value}'",
            )  # fmt: skip
        _copy(
            CaseEvent.objects.filter(case=self.case.pk).order_by("pk").first(), numbers,
            id=key, case_id=key, seq="1", actor_id=str(self.officer.pk), kind="'form_reviewed'",
        )  # fmt: skip
        _copy(
            Process.objects.get(pk=self.step.task.process_id), numbers, OPEN, id=key, artifact_object_id=key
        )
        _copy(Task.objects.get(pk=self.step.task_id), numbers, OPEN, id=key, process_id=key)
        _copy(
            self.step, numbers, OPEN, id=key, task_id=key, case_id=key, node="'form_review'", role="'checker'",
            organisation_id=bureau, due_on=due, warn_on=due, owner_id=f"CASE WHEN i % 20 = 1 THEN {self.officer.pk} END",
        )  # fmt: skip
        self.size = size
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if postgres else "ANALYZE")
