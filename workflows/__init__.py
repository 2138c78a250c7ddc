"""Processes and pages: the only storey that knows HTTP and Viewflow."""
