"""What notifications says no to."""

from shared.errors import Conflict, NotFound, Text


class NotificationNotFound(NotFound):
    says = Text("There is no such message.", "Ce message n'existe pas.")


class NothingToPrint(NotFound):
    slug = "nothing-to-print"
    says = Text("No letter waits to be printed.", "Aucun courrier n'attend d'être imprimé.")


class NotRetryable(Conflict):
    slug = "not-retryable"
    says = Text(
        "Only a message that failed, or whose fate is unknown, can be sent again.",
        "Seul un message en échec, ou dont on ne sait pas s'il est parti, peut être renvoyé.",
    )
