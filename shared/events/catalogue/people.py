"""What happens to people, and to what is known of them."""

import marshmallow as ma
from marshmallow import fields

from shared.events.catalogue.fields import identifier, means, number, text
from shared.events.catalogue.schema import EventSchema


class PostalAddressData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    lines = fields.List(
        fields.String(), required=True, metadata=means("What stands below the name, in order.")
    )
    postcode = text("The postcode.")
    city = text("The town.")
    country = text("ISO 3166-1 alpha-2 code of the country.")


class ParticipantContactChanged(EventSchema):
    """How to reach a person, whole: a new person, or anything of it changed."""

    event_type = "participant.contact_changed"
    source = "registrations"
    subject_field = "participant_id"
    personal = True

    participant_id = identifier("The person.")
    given_name = text("First name or names.")
    family_name = text("Last name.")
    email = text("E-mail address, if there is one.", allow_none=True)
    phone = text("Phone number (E.164), if there is one.", allow_none=True)
    language = text("Code of the language in which to write.")
    access_key = text("Secret from which manage links and letters' short codes are derived.")
    postal_address = fields.Nested(
        PostalAddressData,
        load_default=None,
        allow_none=True,
        metadata=means("Where letters reach the person, if that is known."),
    )
    contact_consent = fields.Boolean(
        load_default=True,
        metadata=means("Whether they may be told more than they asked for."),
    )


class StaffChanged(EventSchema):
    """An account of someone who works here was made, changed, disabled or enabled."""

    event_type = "staff.changed"
    source = "registrations"
    subject_field = "staff_id"
    personal = True

    staff_id = identifier("The account.")
    name = text("How its owner is called.")
    email = text("Their address.")
    language = text("Code of the language in which to write.")
    role = text("What they may do here, such as `adviser`.")
    organisation = text("Code of the organisation that they work for.", allow_none=True)
    programmes = fields.List(
        fields.String(),
        required=True,
        metadata=means("Codes of the discreet programmes whose people they may know of."),
    )
    active = fields.Boolean(required=True, metadata=means("False: nothing is told them any more."))


class _MergeData(EventSchema):
    source = "registrations"
    subject_field = "participant_id"

    merge_id = identifier("The merge; with it, it is undone.")
    participant_id = identifier("Who stands for the person: a pseudonym.")
    merged_participant_id = identifier("The record merged into it: a pseudonym.")
    registrations = fields.List(
        fields.UUID(),
        required=True,
        metadata=means("The registrations that go from the one to the other."),
    )


class ParticipantMerged(_MergeData):
    """Two records were found to be one person's: the registrations of the merged one are now the other's."""

    event_type = "participant.merged"


class ParticipantUnmerged(_MergeData):
    """They were two people after all: the registrations go back to the record that had been merged."""

    event_type = "participant.unmerged"


class ParticipantErased(EventSchema):
    """A person is forgotten: what is held about them is to be removed, and what counts them to point to nobody."""

    event_type = "participant.erased"
    source = "registrations"
    subject_field = "erasure_id"

    erasure_id = identifier("The erasure; each service answers with what it removed.")
    participants = fields.List(
        fields.UUID(), required=True, metadata=means("All records of the person: pseudonyms.")
    )
    registrations = fields.List(
        fields.UUID(), required=True, metadata=means("All registrations of the person.")
    )
    on_request = fields.Boolean(
        load_default=True,
        metadata=means("Whether someone asked for it; if not, it was time to forget them."),
    )


class RemovedData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    what = text("What the rows held.")
    rows = number("How many rows were emptied, cut or deleted.")


class _ErasureAnswer(EventSchema):
    subject_field = "erasure_id"

    erasure_id = identifier("The erasure that this answers.")
    removed = fields.List(
        fields.Nested(RemovedData),
        required=True,
        metadata=means("What was removed; nothing in it is about the person."),
    )


class ContactErased(_ErasureAnswer):
    """Notifications holds nothing of a person any more, and will send them nothing."""

    event_type = "participant.contact_erased"
    source = "notifications"


class PseudonymCut(_ErasureAnswer):
    """Reporting counts a person as before, under a name that leads nowhere."""

    event_type = "participant.pseudonym_cut"
    source = "reporting"


class ServiceRemovedData(RemovedData):
    service = text("The service that removed it.")


class ErasureCompleted(EventSchema):
    """Every service has answered an erasure: this is what they removed, and nothing of whom."""

    event_type = "participant.erasure_completed"
    source = "registrations"
    subject_field = "erasure_id"

    erasure_id = identifier("The erasure.")
    removed = fields.List(
        fields.Nested(ServiceRemovedData),
        required=True,
        metadata=means("What was removed; nothing in it is about the person."),
    )
