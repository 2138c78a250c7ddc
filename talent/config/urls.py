"""The root URLconf."""

from workflows.urls import urlpatterns

__all__ = ["urlpatterns"]

handler400 = "workflows.doorkeeper.bad_request"
handler403 = "workflows.doorkeeper.forbidden"
handler404 = "workflows.doorkeeper.not_found"
handler500 = "workflows.doorkeeper.server_error"
