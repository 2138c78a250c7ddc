"""人才安居 of the demo: 420 cases of three years in every state, and the money that follows the decisions."""

from .town import build

__all__ = ["build"]
