"""What became of people: cohorts, outcomes, referrals and calls."""

from services.reporting.indicators.definition import Indicator, Of, count, euros, ratio
from shared.errors import Text

FOLLOW_UP: tuple[Indicator, ...] = (
    count(
        "cohorts",
        "Cohorts: sessions with a minimum and several meetings.",
        "Groupes : sessions avec un minimum et plusieurs séances.",
        "sessions",
        Text(
            "number of sessions, but for cancelled ones, that have a minimum and more than one meeting",
            "nombre de sessions, hors sessions annulées, qui ont un minimum et plus d'une séance",
        ),
        of=Of.OFFER,
    ),
    count(
        "cohorts_formed",
        "Cohorts sure to be held.",
        "Groupes constitués.",
        "sessions",
        Text(
            "number of cohorts that were formed: enough were confirmed, or someone decided so",
            "nombre de groupes constitués : assez d'inscriptions étaient confirmées, ou quelqu'un en a "
            "décidé ainsi",
        ),
        of=Of.OFFER,
    ),
    count(
        "entered",
        "Registrations that entered a cohort.",
        "Inscriptions entrées dans un groupe.",
        "registrations",
        Text(
            "number of registrations for cohorts that have begun whose seat was confirmed by the time the"
            " first meeting began, and not given up before it",
            "nombre d'inscriptions à des groupes commencés dont la place était confirmée au début de la "
            "première séance et n'avait pas été rendue avant",
        ),
    ),
    count(
        "entered_ended",
        "Registrations that entered a cohort which is over.",
        "Inscriptions entrées dans un groupe aujourd'hui terminé.",
        "registrations",
        Text(
            "as entered, of cohorts whose last meeting has ended or whose session is closed",
            "comme les entrées dans un groupe, pour les groupes dont la dernière séance est terminée ou "
            "dont la session est close",
        ),
    ),
    count(
        "stayed",
        "Registrations that stayed in their cohort to its end, or left it for something better.",
        "Inscriptions restées dans leur groupe jusqu'au bout, ou parties pour une suite favorable.",
        "registrations",
        Text(
            "number of those in entered_ended marked present at one of the last two meetings, or with an "
            "outcome other than none-yet noted",
            "parmi les entrées dans un groupe terminé, nombre de celles notées présentes à l'une des deux"
            " dernières séances, ou dont est notée une suite autre que « aucune pour le moment »",
        ),
    ),
    ratio(
        "stay_rate",
        "Part of those who entered a cohort that stayed.",
        "Part des personnes entrées dans un groupe qui y sont restées.",
        unit="ratio, 0 to 1",
        formula=Text(
            "stayed / entered_ended; null when no cohort is over",
            "restées / entrées dans un groupe terminé ; vide si aucun groupe n'est terminé",
        ),
        part="stayed",
        over=("entered_ended",),
    ),
    count(
        "outcomes",
        "Registrations of which it is noted what they led to.",
        "Inscriptions dont on a noté les suites.",
        "registrations",
        Text(
            "number of registrations with an outcome noted, even if that is none yet",
            "nombre d'inscriptions dont une suite est notée, même « aucune pour le moment »",
        ),
    ),
    count(
        "outcomes_reached",
        "Registrations that have led to work, training, rights, a project or something else.",
        "Inscriptions ayant abouti à un emploi, une formation, des droits ouverts, un projet ou autre chose.",
        "registrations",
        Text(
            "number of registrations whose outcome, as last noted, is not none-yet",
            "nombre d'inscriptions dont la dernière suite notée n'est pas « aucune pour le moment »",
        ),
    ),
    count(
        "outcomes_work",
        "Registrations that have led to work.",
        "Inscriptions ayant abouti à un emploi.",
        "registrations",
        Text(
            "number of registrations whose outcome, as last noted, is work",
            "nombre d'inscriptions dont la dernière suite notée est « emploi »",
        ),
    ),
    count(
        "outcomes_training",
        "Registrations that have led to training.",
        "Inscriptions ayant abouti à une formation.",
        "registrations",
        Text(
            "number of registrations whose outcome, as last noted, is training",
            "nombre d'inscriptions dont la dernière suite notée est « formation »",
        ),
    ),
    count(
        "outcomes_rights_opened",
        "Registrations that have led to rights opened.",
        "Inscriptions ayant abouti à des droits ouverts.",
        "registrations",
        Text(
            "number of registrations whose outcome, as last noted, is rights-opened",
            "nombre d'inscriptions dont la dernière suite notée est « droits ouverts »",
        ),
    ),
    count(
        "outcomes_project",
        "Registrations that have led to a project.",
        "Inscriptions ayant abouti à un projet.",
        "registrations",
        Text(
            "number of registrations whose outcome, as last noted, is project",
            "nombre d'inscriptions dont la dernière suite notée est « projet »",
        ),
    ),
    count(
        "outcomes_other",
        "Registrations that have led to something else.",
        "Inscriptions ayant abouti à autre chose.",
        "registrations",
        Text(
            "number of registrations whose outcome, as last noted, is other",
            "nombre d'inscriptions dont la dernière suite notée est « autre »",
        ),
    ),
    count(
        "outcomes_none_yet",
        "Registrations that have led to nothing yet.",
        "Inscriptions n'ayant abouti à rien pour le moment.",
        "registrations",
        Text(
            "number of registrations whose outcome, as last noted, is none-yet",
            "nombre d'inscriptions dont la dernière suite notée est « aucune pour le moment »",
        ),
    ),
    count(
        "referrals",
        "Referrals to partner institutions.",
        "Orientations vers des partenaires.",
        "referrals",
        Text(
            "number of referrals; of the day on which the referral was made",
            "nombre d'orientations ; au jour où l'orientation a été faite",
        ),
        of=Of.REFERRALS,
    ),
    count(
        "referrals_open",
        "Referrals that await a decision for good, adjourned ones among them.",
        "Orientations en attente d'une décision définitive, ajournements compris.",
        "referrals",
        Text(
            "number of referrals without a final decision: an adjournment is not one; of the day on which"
            " the referral was made",
            "nombre d'orientations sans décision définitive, un ajournement n'en étant pas une ; au jour "
            "où l'orientation a été faite",
        ),
        of=Of.REFERRALS,
    ),
    count(
        "referrals_granted",
        "Referrals granted.",
        "Orientations accordées.",
        "referrals",
        Text(
            "number of referrals whose decision is granted; of the day on which the referral was made",
            "nombre d'orientations accordées ; au jour où l'orientation a été faite",
        ),
        of=Of.REFERRALS,
    ),
    count(
        "referrals_refused",
        "Referrals refused.",
        "Orientations refusées.",
        "referrals",
        Text(
            "number of referrals whose decision is refused; of the day on which the referral was made",
            "nombre d'orientations refusées ; au jour où l'orientation a été faite",
        ),
        of=Of.REFERRALS,
    ),
    count(
        "referrals_withdrawn",
        "Referrals withdrawn by the person.",
        "Orientations retirées par la personne.",
        "referrals",
        Text(
            "number of referrals whose decision is withdrawn; of the day on which the referral was made",
            "nombre d'orientations retirées ; au jour où l'orientation a été faite",
        ),
        of=Of.REFERRALS,
    ),
    euros(
        "amount_asked",
        "Money asked of partner institutions.",
        "Montants demandés aux partenaires.",
        Text(
            "amounts of all referrals that ask for money, added up, whatever was decided; of the day on "
            "which the referral was made",
            "somme des montants de toutes les orientations qui demandent de l'argent, quelle que soit la "
            "décision ; au jour où l'orientation a été faite",
        ),
        part="amount_asked_cents",
        of=Of.REFERRALS,
    ),
    euros(
        "amount_granted",
        "Money granted by partner institutions.",
        "Montants accordés par les partenaires.",
        Text(
            "amounts granted, added up; of the day on which the referral was made",
            "somme des montants accordés ; au jour où l'orientation a été faite",
        ),
        part="amount_granted_cents",
        of=Of.REFERRALS,
    ),
    count(
        "calls_needed",
        "Calls needed after repeated absences.",
        "Appels à passer après des absences répétées.",
        "calls",
        Text(
            "number of calls put on the list, but for those that a corrected attendance took off again",
            "nombre d'appels mis sur la liste, hors ceux qu'un émargement corrigé en a retirés",
        ),
        of=Of.OFFER,
    ),
    count(
        "calls_reached",
        "Of those calls, the ones that reached the person.",
        "Parmi ces appels, ceux qui ont permis de joindre la personne.",
        "calls",
        Text(
            "number of calls whose outcome is that the person was reached",
            "nombre d'appels qui ont permis de joindre la personne",
        ),
        of=Of.OFFER,
    ),
)
