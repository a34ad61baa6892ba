"""Registering, and what becomes of a registration."""

from collections.abc import Sequence

from shared.errors import Conflict, Invalid, NotFound, Text


class RegistrationNotFound(NotFound):
    """Also said when the token is wrong: a stranger learns nothing."""

    slug = "registration-not-found"
    says = Text(
        "There is no such registration, or the link is not valid any more.",
        "Cette inscription n'existe pas, ou le lien n'est plus valable.",
    )


class NotOpen(Conflict):
    slug = "registration-not-open"
    says = Text(
        "Registration for this session is not open.",
        "Les inscriptions à cette session ne sont pas ouvertes.",
    )


class NoRegistration(Conflict):
    slug = "no-registration-needed"
    says = Text(
        "Nobody registers for this session: the door is open, just come.",
        "Cette session est sans inscription : la porte est ouverte, il suffit de venir.",
    )


class AlreadyRegistered(Conflict):
    slug = "already-registered"
    says = Text(
        "This person is already registered for this session.",
        "Cette personne est déjà inscrite à cette session.",
    )


class KeyReused(Invalid):
    slug = "idempotency-key-reused"
    says = Text(
        "This Idempotency-Key was already used for another request.",
        "Cette clé d'idempotence (Idempotency-Key) a déjà servi pour une autre demande.",
    )


class IllegalTransition(Conflict):
    slug = "illegal-transition"
    says = Text(
        "The registration is not in a state that allows this.",
        "L'état de l'inscription ne permet pas cette action.",
    )


# What a state is called, and what may be asked for in it.
_STATES = {
    "pending": Text("awaits a decision", "attend une décision"),
    "confirmed": Text("is confirmed", "est confirmée"),
    "waitlisted": Text("is on the waiting list", "est en liste d'attente"),
    "offered": Text("has been offered a seat", "a reçu une proposition de place"),
    "declined": Text("was declined", "a été refusée"),
    "cancelled": Text("was cancelled", "a été annulée"),
    "expired": Text("has expired", "a expiré"),
}


_ACTIONS = {
    "confirm": Text("confirm it", "la confirmer"),
    "decline": Text("decline it", "la refuser"),
    "accept": Text("accept the seat", "accepter la place"),
    "cancel": Text("cancel it", "l'annuler"),
}


def illegal(status: str, possible: Sequence[str]) -> IllegalTransition:
    """An :class:`IllegalTransition` that names the state (``status``) and what is ``possible`` in it."""
    state = _STATES[status]
    if not possible:
        return IllegalTransition(
            Text(
                f"This registration {state.en}: it cannot be changed any more.",
                f"Cette inscription {state.fr} : elle ne peut plus changer.",
            )
        )
    actions = [_ACTIONS[action] for action in possible]
    return IllegalTransition(
        Text(
            f"This registration {state.en}. One can: {', '.join(one.en for one in actions)}.",
            f"Cette inscription {state.fr}. On peut : {', '.join(one.fr for one in actions)}.",
        )
    )


class OfferOver(Conflict):
    slug = "offer-over"
    says = Text(
        "This seat was kept until a moment that has passed: it goes to the next in line.",
        "Le délai pour accepter cette place est passé : elle va à la personne suivante.",
    )
