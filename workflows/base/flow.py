"""The flow class every process inherits, and the lock it works under. It holds no nodes on purpose:
Viewflow binds `this.` links of inherited nodes to the base class.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _
from viewflow.workflow import PROCESS, flow
from viewflow.workflow.signals import task_failed

from talent.core.models import Case
from talent.core.services.errors import Conflict


class CaseLock:
    """A blocking row lock on the process, bounded in time, that also works inside an outer `atomic()`.

    Viewflow's own lock tries without waiting and sleeps in between: the losers of a race poison an outer
    transaction and hold a worker for seconds. Here they queue, no longer than the connection's `lock_timeout`, and
    then find the step done. On SQLite the IMMEDIATE transaction is the lock.
    """

    @contextmanager
    def __call__(self, flow_class: type[flow.Flow], process_pk: int) -> Iterator[None]:
        with transaction.atomic():
            list(
                flow_class.process_class._default_manager.filter(pk=process_pk)
                .select_for_update()
                .values_list("pk", flat=True)
            )
            yield


class CaseFlow(flow.Flow):
    """A process whose artifact is a case."""

    lock_impl = CaseLock()

    def has_view_permission(self, user, obj=None) -> bool:
        """Asked by Viewflow's own code paths only; our pages ask `visible_to`."""
        return obj is not None and Case.objects.visible_to(user).filter(pk=obj.artifact_object_id).exists()

    def has_manage_permission(self, user, obj=None) -> bool:
        """Nobody cancels, undoes or revives by Viewflow's own doors; see `acts`."""
        return False

    def begin(self, activation, case: Case):
        """Tie a new process to its case; called by every StartHandle."""
        activation.process.artifact = case
        return activation.process

    @classmethod
    def start_for(cls, case: Case) -> None:
        """Start the process of a case that was just opened, at the flow's one StartHandle."""
        start = next(node for node in cls.instance.nodes() if isinstance(node, flow.StartHandle))
        start.run(case=case)

    @classmethod
    def end_early(cls, process) -> None:
        """Cancel every live task and the process, under the lock, after reading the state again."""
        with cls.lock(process.pk):
            fresh = cls.process_class._default_manager.get(pk=process.pk)
            if fresh.status != PROCESS.NEW:
                raise Conflict(_("该办件的流程已经结束。"))
            cls.instance.cancel(fresh)


def forget_locals(sender, process, task, **kwargs) -> None:
    """Of a step that failed in the background only the kind of error stays.

    Viewflow keeps the message, the traceback and `locals()` in the task row: an ID number was found there. The
    signal comes from every kind of node, before the transaction ends.
    """
    if "_exception" in (task.data or {}):
        error = sys.exception()
        task.data["_exception"] = {"title": type(error).__name__ if error else ""}
        task.save(update_fields=["data"])


task_failed.connect(forget_locals, dispatch_uid="forget_locals")
