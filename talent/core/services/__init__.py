"""The doors: one function per act, keyword-only actor, one transaction, one event. Nothing here knows HTTP."""
