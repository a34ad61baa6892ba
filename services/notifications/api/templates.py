"""The words of messages: read, tried out, changed and taken back by managers."""

from typing import Any

from services.notifications.db import transaction
from services.notifications.domain.written import Written
from services.notifications.operations import templates
from services.notifications.operations.templates import Template, template_of
from services.notifications.rendering.placeholders import (
    names_in_short,
    names_of,
    pieces_of,
    required_in_short,
    required_of,
)
from services.notifications.rendering.trial import check, try_out
from services.notifications.schemas import (
    BasedOnRequest,
    PreviewRequest,
    PreviewSchema,
    TemplateRequest,
    TemplateSchema,
    TemplateSummarySchema,
    TemplateVersionSchema,
)
from services.notifications.settings import author
from shared.web.pagination import page_of
from shared.web.routes import Routes, staff

routes = Routes("templates", __name__, url_prefix="/v1/templates")

_READERS = ("adviser", "manager", "operator")


@routes.route("")
@routes.access(*_READERS)
@routes.response(200, page_of(TemplateSummarySchema))
def listed() -> dict[str, Any]:
    """Every kind of message in every language that it is written in."""
    with transaction() as session:
        return {"items": templates.list_templates(session), "next": None}


@routes.route("/<name>/<language>")
@routes.access(*_READERS)
@routes.refuses(404)
@routes.response(200, TemplateSchema)
def shown(name: str, language: str) -> dict[str, Any]:
    """The words of one kind of message, and what they may be made of."""
    kind, language = template_of(name, language)
    with transaction() as session:
        return _answer(templates.find_template(session, kind, language))


@routes.route("/<name>/<language>", methods=["PUT"])
@routes.access("manager")
@routes.refuses(404, 409)
@routes.arguments(TemplateRequest)
@routes.response(200, TemplateSchema)
def change(body: dict[str, Any], name: str, language: str) -> dict[str, Any]:
    """Write a message in other words from now on; refused by line if they cannot be used."""
    kind, language = template_of(name, language)
    with transaction() as session:
        present = templates.find_template(session, kind, language).written
        written = Written(body["subject"], body["words"], body["sms"] or present.short)
        changed = templates.change(
            session, kind, language, written, based_on=body["version"], by=staff().subject
        )
    return _answer(changed)


@routes.route("/<name>/<language>/preview", methods=["POST"])
@routes.access("manager")
@routes.refuses(404)
@routes.arguments(PreviewRequest)
@routes.response(200, PreviewSchema)
def preview(body: dict[str, Any], name: str, language: str) -> dict[str, Any]:
    """Words as they would arrive, in every case that they may tell apart; nothing is kept or sent."""
    kind, language = template_of(name, language)
    with transaction() as session:
        present = templates.find_template(session, kind, language).written
    written = Written(
        body["subject"] or present.subject,
        body["words"] or present.words,
        body["sms"] or present.short,
    )
    check(kind, language, written)
    may_answer = author().reply_to is not None
    return {
        "items": [
            {
                "case": dict(sample.case),
                "subject": rendered.subject,
                "text": rendered.text,
                "html": rendered.html,
                "sms": sms,
            }
            for sample, rendered, sms in try_out(kind, language, written, may_answer=may_answer)
        ]
    }


@routes.route("/<name>/<language>/versions")
@routes.access(*_READERS)
@routes.refuses(404)
@routes.response(200, page_of(TemplateVersionSchema))
def versions(name: str, language: str) -> dict[str, Any]:
    """What the words have been, the newest first, down to those that are shipped."""
    kind, language = template_of(name, language)
    with transaction() as session:
        return {"items": templates.list_versions(session, kind, language), "next": None}


@routes.route("/<name>/<language>/versions/<int:version>/restore", methods=["POST"])
@routes.access("manager")
@routes.refuses(404, 409)
@routes.arguments(BasedOnRequest)
@routes.response(200, TemplateSchema)
def restore(body: dict[str, Any], name: str, language: str, version: int) -> dict[str, Any]:
    """Take an earlier version back, as a new one; version 0 are the words that are shipped."""
    kind, language = template_of(name, language)
    with transaction() as session:
        restored = templates.restore(
            session, kind, language, version, based_on=body["version"], by=staff().subject
        )
    return _answer(restored)


def _answer(template: Template) -> dict[str, Any]:
    return {
        **{name: getattr(template, name) for name in Template.__slots__},
        "placeholders": sorted(names_of(template.kind)),
        "required": sorted(required_of(template.kind)),
        "sms_placeholders": sorted(names_in_short(template.kind)),
        "sms_required": sorted(required_in_short(template.kind)),
        "pieces": sorted(pieces_of(template.kind, template.language)),
    }
