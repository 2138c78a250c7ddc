"""What the 直通车 records, one subject a file."""

from .cases import Achievement, GreenChannelCase, Need, TeamMember
from .experts import Expert, ExpertTie
from .meetings import AgendaItem, Attendance, Ballot, ItemRecusal, Meeting, Minutes, SupportItem
from .panels import Panel, PanelSeat, Score

__all__ = [
    "Achievement",
    "AgendaItem",
    "Attendance",
    "Ballot",
    "Expert",
    "ExpertTie",
    "GreenChannelCase",
    "ItemRecusal",
    "Meeting",
    "Minutes",
    "Need",
    "Panel",
    "PanelSeat",
    "Score",
    "SupportItem",
    "TeamMember",
]
