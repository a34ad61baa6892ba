"""What is offered: sessions, rooms, and whose they are."""

from datetime import datetime

from shared.errors import Conflict, Forbidden, NotFound, Text


class SessionNotFound(NotFound):
    slug = "session-not-found"
    says = Text("There is no such session.", "Cette session n'existe pas.")


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
