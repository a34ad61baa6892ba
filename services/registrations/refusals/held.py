"""What happens at a session and after it: the door, calls, counts, feedback, outcomes, referrals."""

from shared.errors import Conflict, NotFound, Text


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
