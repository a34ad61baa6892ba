"""Who a person is: looked up, merged, taken apart, erased."""

from datetime import datetime

from shared.errors import Conflict, NotFound, Text


class ParticipantNotFound(NotFound):
    """Also said of people whom the caller may not know of, and of those erased."""

    slug = "participant-not-found"
    says = Text("There is no such person here.", "Cette personne n'est pas connue ici.")


class SameNameAndContact(Conflict):
    slug = "same-name-and-contact"
    says = Text(
        "Another record has this name and this contact: merge the two instead.",
        "Une autre fiche porte ce nom et ce contact : fusionnez plutôt les deux.",
    )


class SamePerson(Conflict):
    slug = "same-person"
    says = Text(
        "These are one person already.", "Ces fiches sont déjà celles d'une seule personne."
    )


class TwoPeople(Conflict):
    slug = "two-people"
    says = Text(
        "Staff found these to be two people: take that back first, if they are one after all.",
        "Ces fiches ont été reconnues comme celles de deux personnes : revenez d’abord sur ce constat"
        " s’il s’agit bien d’une seule.",
    )


class DistinctionNotFound(NotFound):
    slug = "distinction-not-found"
    says = Text(
        "Nobody found these to be two people, or it was taken back.",
        "Ce constat n’existe pas, ou n’existe plus.",
    )


class BothRegistered(Conflict):
    slug = "both-registered"
    says = Text(
        "Both have a place in the same session: first cancel one of the two.",
        "Les deux sont inscrits à la même session : annulez d'abord l'une des deux inscriptions.",
    )


def both_registered(title: str, begins: datetime) -> BothRegistered:
    """A :class:`BothRegistered` that names the session; ``begins`` is in the place's time zone."""
    return BothRegistered(
        Text(
            f"Both have a place in “{title}”, which begins on {begins:%Y-%m-%d %H:%M}: "
            "first cancel one of the two.",
            f"Les deux sont inscrits à « {title} », qui commence le {begins:%d/%m/%Y} à "
            f"{begins:%H:%M} : annulez d'abord l'une des deux inscriptions.",
        )
    )


class MergeNotFound(NotFound):
    slug = "merge-not-found"
    says = Text("There is no such merge.", "Cette fusion n'existe pas.")


class MergeUndone(Conflict):
    slug = "merge-undone"
    says = Text("This merge was undone before.", "Cette fusion a déjà été annulée.")


class ErasureNotFound(NotFound):
    slug = "erasure-not-found"
    says = Text("There is no such erasure.", "Cet effacement n'existe pas.")
