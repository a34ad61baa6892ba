"""What the rules of registration say no to."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Text


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


class NotOpen(Conflict):
    slug = "registration-not-open"
    says = Text(
        "Registration for this session is not open.",
        "Les inscriptions à cette session ne sont pas ouvertes.",
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


class SessionState(Conflict):
    slug = "session-state"
    says = Text(
        "The session is not in a state that allows this.",
        "L'état de la session ne permet pas cette action.",
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


class CapacityTaken(Conflict):
    slug = "capacity-taken"
    says = Text(
        "More people are confirmed than this capacity allows.",
        "Il y a déjà plus de personnes confirmées que cette capacité ne le permet.",
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
