"""Web clients: their keys and their webhooks."""

from shared.errors import Conflict, Text, Unauthenticated


class UnknownKey(Unauthenticated):
    slug = "unknown-key"
    says = Text(
        "This API key is not known, or not good any more.",
        "Cette clé d'API n'est pas connue, ou n'est plus valable.",
    )


class WebhookDisabled(Conflict):
    slug = "webhook-disabled"
    says = Text(
        "Nothing is posted to this webhook: first let it go on.",
        "Rien n'est envoyé à ce webhook : réactivez-le d'abord.",
    )
