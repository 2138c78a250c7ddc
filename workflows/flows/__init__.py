"""The procedures, one file per policy. Importing this package makes every flow known to Viewflow."""

from .green_channel import GreenChannelFlow

__all__ = ["GreenChannelFlow"]
