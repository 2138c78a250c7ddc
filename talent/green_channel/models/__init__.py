"""What the 直通车 records, one subject a file."""

from .agreements import Agreement, Milestone, MilestoneClaim, SignedCopy
from .cases import Achievement, GreenChannelCase, Need
from .domains import Domain
from .evaluations import Evaluation
from .experts import Expert, ExpertTie
from .meetings import AgendaItem, Attendance, Ballot, ItemRecusal, Meeting, Minutes, SupportItem
from .orders import FollowUp, ServiceOrder
from .panels import Panel, PanelSeat, Score
from .teams import MemberFile, TeamChange, TeamMember

__all__ = [
    "Achievement",
    "AgendaItem",
    "Agreement",
    "Attendance",
    "Ballot",
    "Domain",
    "Evaluation",
    "Expert",
    "ExpertTie",
    "FollowUp",
    "GreenChannelCase",
    "ItemRecusal",
    "Meeting",
    "MemberFile",
    "Milestone",
    "MilestoneClaim",
    "Minutes",
    "Need",
    "Panel",
    "PanelSeat",
    "Score",
    "ServiceOrder",
    "SignedCopy",
    "SupportItem",
    "TeamChange",
    "TeamMember",
]
