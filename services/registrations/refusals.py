"""What the rules of registration say no to."""

from collections.abc import Sequence
from datetime import datetime

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Text, Unauthenticated, Unavailable


class SessionNotFound(NotFound):
    slug = "session-not-found"
    says = Text("There is no such session.", "Cette session n'existe pas.")


class RegistrationNotFound(NotFound):
    """Also said when the token is wrong: a stranger learns nothing."""

    slug = "registration-not-found"
    says = Text(
        "There is no such registration, or the link is not valid any more.",
        "Cette inscription n'existe pas, ou le lien n'est plus valable.",
    )


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


class SessionState(Conflict):
    slug = "session-state"
    says = Text(
        "The session is not in a state that allows this.",
        "L'état de la session ne permet pas cette action.",
    )


class NothingToDecide(Conflict):
    slug = "nothing-to-decide"
    says = Text(
        "There is nothing to decide: the session has no minimum, is sure to be held, or is over.",
        "Il n'y a rien à décider : la session n'a pas de minimum, aura lieu, ou est terminée.",
    )


class AlreadyExists(Conflict):
    slug = "already-exists"
    says = Text("This code is already taken.", "Ce code existe déjà.")


class OtherOrganisation(Forbidden):
    slug = "other-organisation"
    says = Text(
        "This belongs to another organisation.", "Cet élément appartient à une autre structure."
    )


class NotAdvised(Forbidden):
    slug = "discreet-programme"
    says = Text(
        "Only the programme's own advisers may know who takes part in it.",
        "Seuls les conseillers de ce dispositif peuvent savoir qui y participe.",
    )


class AttendanceRecorded(Conflict):
    slug = "attendance-recorded"
    says = Text(
        "Attendance is recorded for a meeting that this would drop.",
        "Un émargement existe pour une séance qui serait supprimée.",
    )


class AlreadyBooked(Conflict):
    slug = "already-booked"
    says = Text(
        "The room or the facilitator is already taken at that time.",
        "La salle ou l'intervenant est déjà pris à ce moment-là.",
    )


def booked_by(
    *, room: str | None, facilitator: str | None, title: str | None, begins: datetime
) -> AlreadyBooked:
    """An :class:`AlreadyBooked` that names the room, or else the facilitator, and the meeting that has it.

    ``begins`` is in the place's time zone; without a ``title`` the meeting is not named.
    """
    at = f"{begins:%Y-%m-%d %H:%M}"
    le = f"{begins:%d/%m/%Y} à {begins:%H:%M}"
    what_en, what_fr = (f"“{title}”", f"« {title} »") if title else ("a meeting", "une séance")
    if room is not None:
        who_en, who_fr = f"The room {room}", f"La salle {room}"
    else:
        who_en, who_fr = f"{facilitator}", f"{facilitator}"
    return AlreadyBooked(
        Text(
            f"{who_en} is already taken: {what_en} begins on {at}.",
            f"{who_fr} n'est pas libre : {what_fr} commence le {le}.",
        )
    )


class CapacityTaken(Conflict):
    slug = "capacity-taken"
    says = Text(
        "More people are confirmed than this capacity allows.",
        "Il y a déjà plus de personnes confirmées que cette capacité ne le permet.",
    )


class WalkInTooEarly(Conflict):
    slug = "walk-in-too-early"
    says = Text(
        "People are let in at the door from an hour before the meeting: until then, register them.",
        "L'accueil sans inscription ouvre une heure avant la séance : d'ici là, inscrivez la personne.",
    )


class SessionFull(Conflict):
    slug = "session-full"
    says = Text("No seat is left.", "Il n'y a plus de place.")


class OthersWait(Conflict):
    slug = "others-wait"
    says = Text(
        "Others wait for this seat, and can still be given it: they come first.",
        "D'autres personnes attendent cette place et peuvent encore l'obtenir : elles passent avant.",
    )


class DecisionNeeded(Conflict):
    slug = "decision-needed"
    says = Text(
        "An adviser decides who joins this programme: ask one to let this person in.",
        "C'est un conseiller qui décide des entrées dans ce dispositif : adressez-vous à lui.",
    )


class SeveralOfThatName(Conflict):
    slug = "several-of-that-name"
    says = Text(
        "Several people of that name are registered: add a birth year or a contact, or use the list.",
        "Plusieurs personnes de ce nom sont inscrites : ajoutez une année de naissance ou un contact, "
        "ou utilisez la liste.",
    )


class CallDone(Conflict):
    slug = "call-done"
    says = Text("This call was made already.", "Cet appel a déjà été passé.")


class ReferralSettled(Conflict):
    slug = "referral-settled"
    says = Text(
        "The partner has decided, or the person withdrew: only its description can still be corrected.",
        "Le partenaire s'est prononcé, ou la personne a renoncé : seule la description peut encore être "
        "corrigée.",
    )


class NeverSeated(Conflict):
    slug = "never-seated"
    says = Text(
        "Only what someone took part in leads to something: this registration has no seat.",
        "Seule une participation a des suites : cette inscription n'a pas de place.",
    )


class CountedByRegistration(Conflict):
    slug = "counted-by-registration"
    says = Text(
        "People register for this session: record who came instead.",
        "Cette session est sur inscription : notez plutôt qui est venu.",
    )


class HeadCountTooEarly(Conflict):
    slug = "head-count-too-early"
    says = Text(
        "Heads are counted once the meeting has begun.",
        "On compte les personnes présentes une fois la séance commencée.",
    )


class FeedbackOver(Conflict):
    slug = "feedback-over"
    says = Text(
        "This feedback can no longer be changed.",
        "Ce retour d'expérience ne peut plus être modifié.",
    )


class FeedbackTooEarly(Conflict):
    slug = "feedback-too-early"
    says = Text(
        "Feedback is open once the session has begun, to people who had a seat.",
        "On peut donner son avis une fois la session commencée, si l'on y avait une place.",
    )


class KioskNotFound(NotFound):
    """Also said of one that was closed, or whose session is long over."""

    slug = "kiosk-not-found"
    says = Text(
        "This tablet is not open for any session: ask whoever holds it.",
        "Cette tablette n'est ouverte pour aucune session : demandez à la personne qui anime.",
    )


class WrongCredentials(Unauthenticated):
    """Also said of an account that does not exist, is disabled, or has to wait: a stranger learns nothing."""

    slug = "wrong-credentials"
    says = Text(
        "The address or the password is not right, or there were too many attempts: try again later.",
        "L'adresse ou le mot de passe n'est pas juste, ou il y a eu trop d'essais : réessayez plus tard.",
    )


class SignInOver(Unauthenticated):
    slug = "sign-in-over"
    says = Text("You were signed out: sign in again.", "Vous êtes déconnecté : identifiez-vous.")


class NotKnownHere(Unauthenticated):
    """Whatever the reason: the issuer's word was not good, or nobody here is meant by it."""

    slug = "identity-refused"
    says = Text(
        "This identity opens no account here: ask a manager for an invitation, or start again.",
        "Cette identité n'ouvre aucun compte ici : demandez une invitation à un responsable, "
        "ou recommencez.",
    )


class InvitationOver(NotFound):
    slug = "invitation-over"
    says = Text(
        "This invitation is not good any more: ask a manager for a new one.",
        "Cette invitation n'est plus valable : demandez-en une nouvelle à un responsable.",
    )


class AccountExists(Conflict):
    slug = "account-exists"
    says = Text(
        "There is an account with this address already.",
        "Un compte existe déjà avec cette adresse.",
    )


class AccountDisabled(Conflict):
    slug = "account-disabled"
    says = Text(
        "This account is disabled: first let it in again.",
        "Ce compte est désactivé : réactivez-le d'abord.",
    )


class LastManager(Conflict):
    slug = "last-manager"
    says = Text(
        "This is the last manager: first give that role to someone else.",
        "C'est le dernier responsable : donnez d'abord ce rôle à quelqu'un d'autre.",
    )


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


class NoAccount(Forbidden):
    slug = "no-account"
    says = Text(
        "This token belongs to no account, and so has no password.",
        "Ce jeton n'est celui d'aucun compte, et n'a donc pas de mot de passe.",
    )


class IdentityIssuerAway(Unavailable):
    """The issuer of identities does not answer, or not as an issuer does."""

    says = Text(
        "The issuer of identities does not answer: try again, or sign in with a password.",
        "Le fournisseur d'identité ne répond pas : réessayez, ou utilisez votre mot de passe.",
    )
