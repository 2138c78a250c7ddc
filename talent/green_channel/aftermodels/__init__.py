"""What follows the recognition (G11 to G14): agreement, services, money by milestones, evaluation, team."""

from .agreements import Agreement, Milestone, MilestoneClaim, SignedCopy
from .evaluations import Evaluation
from .orders import FollowUp, ServiceOrder
from .teams import Membership

__all__ = [
    "Agreement", "Evaluation", "FollowUp", "Membership", "Milestone", "MilestoneClaim", "ServiceOrder", "SignedCopy",
]  # fmt: skip
