"""What the 直通车 records, one subject a file."""

from .agreements import Agreement, Milestone, MilestoneClaim, SignedCopy
from .cases import Achievement, GreenChannelCase, Need, TeamMember
from .domains import Domain
from .evaluations import Evaluation
from .experts import Expert, ExpertTie
from .meetings import AgendaItem, Attendance, Ballot, ItemRecusal, Meeting, Minutes, SupportItem
from .orders import FollowUp, ServiceOrder
from .panels import Panel, PanelSeat, Score
from .teams import Membership

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
    "Membership",
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
    "TeamMember",
]
