"""What goes in and out over HTTP. Who a message is for is an id: names and numbers are on the call list alone."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.notifications.domain.calls import CallOutcome
from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import UNSOLICITED, Kind
from services.notifications.domain.receipts import State
from services.notifications.domain.states import Outcome, Status
from services.notifications.domain.wishes import REFUSABLE_CHANNELS, Unwanted
from services.notifications.rendering.written import LONGEST_SHORT, LONGEST_SUBJECT, LONGEST_WORDS
from shared.web.fields import Moment, Words
from shared.web.pagination import PageQuery


class NotificationQuery(PageQuery):
    registration = fields.UUID(load_default=None)
    participant = fields.UUID(load_default=None)
    session = fields.UUID(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf([*Status]))
    channel = fields.String(load_default=None, validate=validate.OneOf([*Channel]))
    kind = fields.String(load_default=None, validate=validate.OneOf([*Kind]))
    since = Moment(load_default=None, metadata={"description": "Created at this moment or later."})


class ResendRequest(ma.Schema):
    channel = fields.String(
        required=True,
        validate=validate.OneOf([*Channel]),
        metadata={"description": "The only one by which it is then told."},
    )


class SummaryQuery(ma.Schema):
    since = Moment(load_default=None, metadata={"description": "Created at this moment or later."})


class SmsSchema(ma.Schema):
    """One SMS handed to one provider."""

    provider = fields.String(required=True)
    segments = fields.Integer(required=True)
    cost = fields.Float(required=True, metadata={"description": "Cents of a euro."})
    state = fields.String(
        required=True, validate=validate.OneOf([one for one in State if one != State.UNCLEAR])
    )
    handed_over_at = fields.AwareDateTime(required=True)


class AttemptSchema(ma.Schema):
    """One attempt to hand a message over, with what the carrier answered."""

    number = fields.Integer(required=True)
    channel = fields.String(required=True, validate=validate.OneOf([*Channel]))
    started_at = fields.AwareDateTime(required=True)
    handed_over_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "From then on the carrier may have had the message."},
    )
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([*Outcome, None])
    )
    code = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The carrier's reply code."}
    )
    answer = fields.String(
        required=True, allow_none=True, metadata={"description": "Short, addresses masked."}
    )
    sms = fields.List(
        fields.Nested(SmsSchema),
        required=True,
        metadata={
            "description": "What was handed to whom, if it went by SMS; kept with the first message."
        },
    )


class NotificationSchema(ma.Schema):
    """One thing to tell one person, and where that stands."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([*Kind]))
    channel = fields.String(required=True, validate=validate.OneOf([*Channel]))
    participant_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Null if it is for staff."}
    )
    registration_id = fields.UUID(required=True, allow_none=True)
    session_id = fields.UUID(required=True, allow_none=True)
    language = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([*Status]))
    attempts = fields.List(fields.Nested(AttemptSchema), required=True, attribute="tries")
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    told_with = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The message that it went out with: its own id, if it led."},
    )
    created_at = fields.AwareDateTime(required=True)


class ToldHereSchema(NotificationSchema):
    """What somebody here told a person. Not of which session: its programme may be one that they do not advise."""

    class Meta:
        exclude = ("session_id",)


class CountSchema(ma.Schema):
    kind = fields.String(required=True)
    channel = fields.String(required=True)
    status = fields.String(required=True)
    count = fields.Integer(required=True)


class SummarySchema(ma.Schema):
    """How many messages there are of each kind, by channel and state."""

    total = fields.Integer(required=True)
    items = fields.List(fields.Nested(CountSchema), required=True)


class SaidSchema(ma.Schema):
    """What is said to a person aloud."""

    language = fields.String(required=True, metadata={"description": "That of the person."})
    words = fields.String(
        required=True, metadata={"description": "What to say, in their language."}
    )
    meaning = fields.String(
        required=True, metadata={"description": "The same in the language of the request."}
    )


class CallSchema(SaidSchema):
    """One person to call, about all that waits for them."""

    id = fields.UUID(required=True, metadata={"description": "The first of the messages."})
    besides = fields.List(
        fields.UUID(), required=True, metadata={"description": "The other messages."}
    )
    participant_id = fields.UUID(required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    phone = fields.String(required=True)
    by = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it is too late: what it is about begins, or an offer ends."},
    )
    tries = fields.Integer(required=True, metadata={"description": "Calls made so far."})
    last_tried_at = fields.AwareDateTime(required=True, allow_none=True)


class CallRequest(ma.Schema):
    """What came of a call. A message left asks to call back: what it is about is said to the person alone."""

    outcome = fields.String(required=True, validate=validate.OneOf([*CallOutcome]))
    tries = fields.Integer(
        required=True,
        validate=validate.Range(0, 100),
        metadata={"description": "Calls made before this one, as the list said."},
    )
    besides = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "Other messages to the same person that the call was about."},
    )


class NotedCallSchema(ma.Schema):
    items = fields.List(
        fields.Nested(ToldHereSchema),
        required=True,
        metadata={"description": "The messages that the call was about, and where they stand."},
    )


class DeskQuery(PageQuery):
    participant = fields.UUID(required=True)


class DeskItemSchema(SaidSchema):
    """One message to tell a person who is here. Which session it is about, only the registration says."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([*Kind]))
    channel = fields.String(
        required=True,
        validate=validate.OneOf([*Channel]),
        metadata={"description": "How they would be told otherwise, or could not be."},
    )
    registration_id = fields.UUID(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class LettersQuery(ma.Schema):
    status = fields.String(load_default=Status.TO_PRINT, validate=validate.OneOf([Status.TO_PRINT]))


def _letters(**options: Any) -> fields.List[Any]:
    return fields.List(fields.UUID(), validate=validate.Length(1, 500), **options)


class PrintedRequest(ma.Schema):
    """A batch, or single letters."""

    batch = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "As `Letters-Batch` of the PDF said."},
    )
    ids = _letters(load_default=list)

    @ma.validates_schema
    def _something(self, body: dict[str, Any], **_: Any) -> None:
        if not (body.get("batch") or body.get("ids")):
            raise ma.ValidationError("Give `batch` or `ids`.", "batch")


class ReturnedRequest(ma.Schema):
    ids = _letters(required=True)


class NotedLetters(ma.Schema):
    items = fields.List(
        fields.UUID(), required=True, metadata={"description": "Those of which this is news."}
    )


class TemplateSummarySchema(ma.Schema):
    """One kind of message in one language, and who last changed its words."""

    name = fields.String(required=True, attribute="kind", validate=validate.OneOf([*Kind]))
    language = fields.String(required=True)
    version = fields.Integer(
        required=True, metadata={"description": "0 are the words that are shipped."}
    )
    is_shipped = fields.Boolean(required=True)
    restored_from = fields.Integer(required=True, allow_none=True)
    changed_by = fields.String(required=True, allow_none=True)
    changed_at = fields.AwareDateTime(required=True, allow_none=True)
    failures = fields.Integer(
        required=True,
        metadata={"description": "Messages that went out in the shipped words, for these failed."},
    )


class TemplateVersionSchema(TemplateSummarySchema):
    """The words of one version."""

    subject = fields.String(required=True, attribute="written.subject")
    words = fields.String(required=True, attribute="written.words")
    sms = fields.String(
        required=True,
        allow_none=True,
        attribute="written.short",
        metadata={"description": "What an SMS says, and a call; none for what goes by mail alone."},
    )


class TemplateSchema(TemplateVersionSchema):
    """The words, and what they may be made of."""

    placeholders = fields.List(fields.String(), required=True)
    required = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The placeholders that the words may not be without."},
    )
    sms_placeholders = fields.List(fields.String(), required=True)
    sms_required = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The placeholders that the words of the SMS may not be without."},
    )
    pieces = fields.List(
        fields.String(), required=True, metadata={"description": "What can be included."}
    )


class BasedOnRequest(ma.Schema):
    version = fields.Integer(
        required=True,
        validate=validate.Range(0, 2**31 - 2),
        metadata={"description": "The present version, on which the change is based."},
    )


class TemplateRequest(BasedOnRequest):
    """A small part of Jinja: ``{{ placeholder }}``, ``{% if %}``, ``{% include %}`` of a piece, ``plural()``."""

    subject = Words(most=LONGEST_SUBJECT, required=True)
    words = Words(most=LONGEST_WORDS, required=True)
    sms = Words(
        most=LONGEST_SHORT,
        load_default=None,
        allow_none=True,
        metadata={"description": "Those of the present version where they are left out."},
    )


class PreviewRequest(ma.Schema):
    """Words to try out; those of the present version where they are left out."""

    subject = Words(most=LONGEST_SUBJECT, load_default=None)
    words = Words(most=LONGEST_WORDS, load_default=None)
    sms = Words(most=LONGEST_SHORT, load_default=None)


class PreviewedSmsSchema(ma.Schema):
    """An SMS as it would travel: in `gsm-7` or `ucs-2`, and how many are paid for."""

    text = fields.String(required=True)
    alphabet = fields.String(required=True, validate=validate.OneOf(["gsm-7", "ucs-2"]))
    segments = fields.Integer(required=True)


class PreviewedSchema(ma.Schema):
    """A message as it would arrive, in one case."""

    case = fields.Dict(required=True, metadata={"description": "What the words depend on."})
    subject = fields.String(required=True)
    text = fields.String(required=True)
    html = fields.String(required=True)
    sms = fields.Nested(PreviewedSmsSchema, required=True, allow_none=True)


class PreviewSchema(ma.Schema):
    items = fields.List(fields.Nested(PreviewedSchema), required=True)


class UnwantedSchema(ma.Schema):
    """A kind of message that is not wanted at all, a channel that is not, or the one by the other."""

    kind = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([*sorted(UNSOLICITED), None])
    )
    channel = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([*REFUSABLE_CHANNELS, None])
    )

    @ma.validates_schema
    def _says_something(self, data: dict[str, Any], **_: Any) -> None:
        if data["kind"] is None and data["channel"] is None:
            raise ma.ValidationError("Name a kind, a channel, or both.")

    @ma.post_load
    def _read(self, data: dict[str, Any], **_: Any) -> Unwanted:
        return Unwanted(
            kind=data["kind"] and Kind(data["kind"]),
            channel=data["channel"] and Channel(data["channel"]),
        )


class LinkQuery(ma.Schema):
    """How a person says who they are: the link of one of their registrations."""

    registration = fields.UUID(load_default=None)
    token = fields.String(load_default=None)


class PreferencesRequest(ma.Schema):
    unwanted = fields.List(
        fields.Nested(UnwantedSchema), required=True, validate=validate.Length(max=50)
    )


class PreferencesSchema(ma.Schema):
    """What a person does not want to be told, or not by which channel."""

    participant_id = fields.UUID(required=True)
    contact_consent = fields.Boolean(
        required=True,
        metadata={"description": "Without it, people are told what they asked for and no more."},
    )
    unwanted = fields.List(fields.Nested(UnwantedSchema), required=True)
    changed_by = fields.String(required=True, allow_none=True)
    changed_at = fields.AwareDateTime(required=True, allow_none=True)
