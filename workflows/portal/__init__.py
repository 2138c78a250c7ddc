"""Applicants (`/my/`) and employers and recommenders (`/unit/`)."""
