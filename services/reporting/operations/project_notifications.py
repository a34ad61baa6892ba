"""Whether people were told, as facts."""

from sqlalchemy.dialects.postgresql import insert

from services.reporting.models import notification_fact
from shared.events.envelope import Event
from shared.messaging.rows import Row, RowHandler

_insert = insert(notification_fact)
_OUTCOME = _insert.on_conflict_do_update(
    index_elements=[notification_fact.c.notification_id],
    set_={name: _insert.excluded[name] for name in ("status", "channel", "position")},
)


def _row(event: Event) -> Row:
    told = event.data
    return {
        "notification_id": told["notification_id"],
        "registration_id": told["registration_id"],
        "session_id": told["session_id"],
        "kind": told["kind"],
        "channel": told["channel"],
        "status": event.type.removeprefix("notification."),
        "position": event.position,
    }


# A message was sent, or failed for good.
note_outcome = RowHandler(_OUTCOME, _row)
