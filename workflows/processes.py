"""The register: one line per process. URLs, hall, guide, portal, worklist, tick, checks and tests are built from it."""

from talent.core import roles
from talent.core.models import Case

from .base import Begins, Process
from .flows import green_channel, housing, placements

PROCESSES: tuple[Process, ...] = (green_channel.PROCESS, housing.PROCESS, placements.PROCESS)


def find(slug: str) -> Process | None:
    """The process of a URL; None when there is none of that name."""
    return next((process for process in PROCESSES if process.slug == slug), None)


def of(case: Case) -> Process:
    """The process of a case."""
    return next(process for process in PROCESSES if process.policy == case.policy)


def begun_at_unit(held: set[roles.Role]) -> list[Process]:
    """The processes somebody with these posts may begin for his organisation."""
    return [
        process for process in PROCESSES if process.begins is Begins.UNIT and held & set(process.begun_by)
    ]
