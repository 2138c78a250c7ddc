"""The register: one line per process. URLs, worklist, guides, access tests and docs are built from it."""

from dataclasses import dataclass

from talent.core.models import Case
from talent.green_channel import services as green_channel
from talent.green_channel.models import GreenChannelCase

from .base import CaseFlow
from .flows import GreenChannelFlow


@dataclass(frozen=True)
class Process:
    """A policy's process: its slug in URLs, its case, its flow and the policy's services."""

    slug: str
    policy: str
    case: type[Case]
    flow: type[CaseFlow]
    services: object


PROCESSES: tuple[Process, ...] = (
    Process("green-channel", "green_channel", GreenChannelCase, GreenChannelFlow, green_channel),
)
BY_POLICY = {process.policy: process for process in PROCESSES}
BY_SLUG = {process.slug: process for process in PROCESSES}
