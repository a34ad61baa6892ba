"""What notifications says no to."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Text


class NotificationNotFound(NotFound):
    says = Text("There is no such message.", "Ce message n'existe pas.")


class NothingToPrint(NotFound):
    slug = "nothing-to-print"
    says = Text("No letter waits to be printed.", "Aucun courrier n'attend d'être imprimé.")


class LettersUnknown(NotFound):
    slug = "letters-unknown"
    says = Text(
        "Some of these letters are not known. Nothing has been noted.",
        "Certains de ces courriers sont inconnus. Rien n'a été noté.",
    )


class CallChanged(Conflict):
    slug = "call-changed"
    says = Text(
        "This call is not to be made any more, or somebody has noted one since. Look at the list again.",
        "Cet appel n'est plus à faire, ou quelqu'un en a noté un entre-temps. Regardez à nouveau la liste.",
    )


class NotAtTheDesk(Conflict):
    slug = "not-at-the-desk"
    says = Text(
        "This message does not wait to be told at the desk.",
        "Ce message n'attend pas d'être dit à l'accueil.",
    )


class NotRetryable(Conflict):
    slug = "not-retryable"
    says = Text(
        "Only a message that failed, or whose fate is unknown, can be sent again.",
        "Seul un message en échec, ou dont on ne sait pas s'il est parti, peut être renvoyé.",
    )


class NotCancellable(Conflict):
    slug = "not-cancellable"
    says = Text(
        "This message has left, or is leaving: it cannot be taken back.",
        "Ce message est parti, ou en train de partir : on ne peut plus l'annuler.",
    )


class NotResendable(Conflict):
    slug = "not-resendable"
    says = Text(
        "This message cannot be sent by that channel now: it already goes that way, is leaving or not yet due, "
        "or is not to be told any more.",
        "Ce message ne peut pas être envoyé par ce canal : il passe déjà par là, il est en train de partir ou "
        "pas encore à envoyer, ou il n'a plus à être dit.",
    )


class NotReached(Conflict):
    slug = "not-reached"
    says = Text(
        "The person is not reached by that channel in time, or does not want to be.",
        "La personne ne peut pas être jointe à temps par ce canal, ou ne le souhaite pas.",
    )


class NoLongerSo(Conflict):
    slug = "no-longer-so"
    says = Text(
        "The registration has changed since: what this message says is no longer so.",
        "L'inscription a changé depuis : ce que dit ce message n'est plus vrai.",
    )


class ProviderNotFound(NotFound):
    says = Text(
        "Nobody of that name carries messages here.",
        "Personne de ce nom ne transporte de messages ici.",
    )


class CallbackForged(Forbidden):
    says = Text(
        "The request does not prove that it comes from the provider.",
        "La requête ne prouve pas qu'elle vient du prestataire.",
    )


class CallbackUnreadable(Invalid):
    slug = "unreadable-callback"
    says = Text(
        "This is not what the provider is known to send.",
        "Ce n'est pas ce que le prestataire envoie d'habitude.",
    )


class TemplateNotFound(NotFound):
    says = Text(
        "There is no such template, or no such version of it.",
        "Ce modèle n'existe pas, ou pas dans cette version.",
    )


class TemplateChanged(Conflict):
    slug = "template-changed"
    says = Text(
        "Someone has changed this template since. Look at its present version first.",
        "Quelqu'un a modifié ce modèle entre-temps. Regardez d'abord sa version actuelle.",
    )


class UnusableWords(Invalid):
    slug = "unusable-words"
    says = Text(
        "These words cannot be used for messages.",
        "Ces mots ne peuvent pas servir pour des messages.",
    )


class PersonNotFound(NotFound):
    says = Text("There is no such person.", "Cette personne n'existe pas.")


class LinkUnknown(NotFound):
    says = Text(
        "This link is not valid, or not any more.", "Ce lien n'est pas valable, ou ne l'est plus."
    )
