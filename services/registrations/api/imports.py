"""Programmes of activities, loaded from files."""

from shared.web.routes import Routes

routes = Routes("imports", __name__, url_prefix="/v1")
