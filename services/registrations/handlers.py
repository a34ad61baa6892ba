"""What registrations does when others tell it something: so far nothing, for nobody tells it anything."""

from collections.abc import Mapping

from shared.messaging.receiver import Handler

HANDLERS: Mapping[str, Handler] = {}
