"""``/openapi.json``, and the same to read at ``/docs``: one page, no script, nothing from elsewhere."""

from typing import Any

from flask import Response, current_app
from jinja2 import Environment, PackageLoader

from shared.web.routes import Api, Routes

_PAGES = Environment(loader=PackageLoader("shared.web"), autoescape=True, trim_blocks=True)


def routes(api: Api) -> Routes:
    documentation = Routes("documentation", __name__)

    @documentation.route("/openapi.json")
    @documentation.access(public=True)
    @documentation.response(200, {"type": "object"})
    def openapi() -> Response:
        """This document."""
        return Response(current_app.json.dumps(api.spec.to_dict()), mimetype="application/json")

    @documentation.route("/docs")
    @documentation.access(public=True)
    @documentation.response(200, {"type": "string"}, content_type="text/html")
    def docs() -> Response:
        """The documentation of this API, for people."""
        document = api.spec.to_dict()
        page = _PAGES.get_template("docs.html").render(
            document=document, chapters=_by_tag(document)
        )
        return Response(page, mimetype="text/html")

    return documentation


def _by_tag(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations of an OpenAPI document, its webhooks last, each with its path and method, by tag."""
    chapters: dict[str, list[dict[str, Any]]] = {}
    for path, item in {**document["paths"], **document.get("webhooks", {})}.items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                described = {"path": path, "method": method.upper(), **operation}
                chapters.setdefault(operation["tags"][0], []).append(described)
    return chapters
