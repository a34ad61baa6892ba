"""Who registered, who waited, who came, and what they thought of it."""

from services.reporting.indicators.definition import Indicator, Of, count, hours, ratio
from shared.errors import Text

PARTICIPATION: tuple[Indicator, ...] = (
    count(
        "registrations",
        "Registrations accepted, whatever became of them.",
        "Inscriptions acceptées, quelle qu'en soit la suite.",
        "registrations",
        Text(
            "number of registrations",
            "nombre d'inscriptions",
        ),
    ),
    count(
        "confirmed",
        "Registrations that have a seat at present.",
        "Inscriptions qui ont une place à ce jour.",
        "registrations",
        Text(
            "number of registrations whose present status is confirmed",
            "nombre d'inscriptions dont le statut actuel est « confirmée »",
        ),
    ),
    count(
        "waitlisted",
        "Registrations that stand in line at present.",
        "Inscriptions en liste d'attente à ce jour.",
        "registrations",
        Text(
            "number of registrations whose present status is waitlisted",
            "nombre d'inscriptions dont le statut actuel est « en liste d'attente »",
        ),
    ),
    count(
        "offered",
        "Registrations for which a seat is kept until they answer.",
        "Inscriptions à qui une place est proposée, en attente de réponse.",
        "registrations",
        Text(
            "number of registrations whose present status is offered",
            "nombre d'inscriptions dont le statut actuel est « place proposée »",
        ),
    ),
    count(
        "expired",
        "Registrations that did not take the seat offered to them in time.",
        "Inscriptions dont la place proposée n'a pas été prise à temps.",
        "registrations",
        Text(
            "number of registrations whose present status is expired",
            "nombre d'inscriptions dont le statut actuel est « proposition expirée »",
        ),
    ),
    count(
        "pending",
        "Registrations that await a decision at present.",
        "Inscriptions en attente de décision à ce jour.",
        "registrations",
        Text(
            "number of registrations whose present status is pending",
            "nombre d'inscriptions dont le statut actuel est « en attente de décision »",
        ),
    ),
    count(
        "declined",
        "Registrations that an adviser declined.",
        "Inscriptions refusées par un conseiller.",
        "registrations",
        Text(
            "number of registrations whose present status is declined",
            "nombre d'inscriptions dont le statut actuel est « non retenue »",
        ),
    ),
    count(
        "declined_not_eligible",
        "Registrations declined because the programme is for others.",
        "Inscriptions refusées car le dispositif s'adresse à d'autres personnes.",
        "registrations",
        Text(
            "number of registrations whose present status is declined, for not being eligible; so known "
            "since version 4",
            "nombre d'inscriptions dont le statut actuel est « non retenue », la personne n'étant pas du "
            "public visé ; connu depuis la version 4",
        ),
    ),
    count(
        "declined_incomplete",
        "Registrations declined because something was missing.",
        "Inscriptions refusées car il manquait un élément.",
        "registrations",
        Text(
            "number of registrations whose present status is declined, for being incomplete; so known "
            "since version 4",
            "nombre d'inscriptions dont le statut actuel est « non retenue », la demande étant incomplète"
            " ; connu depuis la version 4",
        ),
    ),
    count(
        "cancelled",
        "Registrations given up, or cancelled with their session.",
        "Inscriptions annulées, par la personne ou avec la session.",
        "registrations",
        Text(
            "number of registrations whose present status is cancelled",
            "nombre d'inscriptions dont le statut actuel est « annulée »",
        ),
    ),
    count(
        "people",
        "Different people who registered.",
        "Personnes différentes inscrites.",
        "people",
        Text(
            "number of different pseudonyms among registrations; one person registered under two "
            "pseudonyms counts twice; heads counted where nobody registers are left out",
            "nombre de pseudonymes différents parmi les inscriptions ; une personne inscrite sous deux "
            "pseudonymes compte deux fois ; les personnes comptées aux séances sans inscription n'y sont "
            "pas",
        ),
        of=Of.ONCE,
    ),
    count(
        "people_merged",
        "People among them who were found to have more than one record, and are counted once.",
        "Personnes parmi elles dont plusieurs fiches ont été rapprochées, comptées une seule fois.",
        "people",
        Text(
            "number of different pseudonyms among registrations that came from a merged record; how many "
            "more are one person under two pseudonyms is not known: people is the most there can be",
            "nombre de pseudonymes différents parmi les inscriptions issues d'une fiche rapprochée ; "
            "combien d'autres personnes en ont deux, on ne le sait pas : le nombre de personnes est un "
            "maximum",
        ),
        of=Of.ONCE,
    ),
    count(
        "attended",
        "Registrations whose holder came at least once, and heads counted where nobody registers.",
        "Inscriptions dont la personne est venue au moins une fois, et personnes comptées aux "
        "séances sans inscription.",
        "registrations and heads",
        Text(
            "number of registrations marked present at one meeting or more, plus the head counts of the "
            "meetings for which nobody registers, added up: whoever comes to two of those counts twice; "
            "heads have no situation, and are left out of groups by situation",
            "nombre d'inscriptions notées présentes à une séance ou plus, et les personnes comptées aux "
            "séances sans inscription, additionnées : qui vient à deux de ces séances compte deux fois ; "
            "ces dernières n'ont pas de situation et manquent aux répartitions par situation",
        ),
        plus=("heads",),
        of=Of.ONCE,
    ),
    count(
        "people_attended",
        "Different people who came at least once.",
        "Personnes différentes venues au moins une fois.",
        "people",
        Text(
            "number of different pseudonyms marked present at one meeting or more; heads counted where "
            "nobody registers are left out",
            "nombre de pseudonymes différents notés présents à une séance ou plus ; les personnes "
            "comptées aux séances sans inscription n'y sont pas",
        ),
        of=Of.ONCE,
    ),
    count(
        "ever_waitlisted",
        "Registrations that stood in line at some time.",
        "Inscriptions passées par la liste d'attente.",
        "registrations",
        Text(
            "number of registrations that were ever waitlisted",
            "nombre d'inscriptions qui ont été un jour en liste d'attente",
        ),
    ),
    count(
        "promoted",
        "Registrations that got a seat from the waiting list.",
        "Inscriptions passées de la liste d'attente à une place.",
        "registrations",
        Text(
            "number of registrations that went from waitlisted to confirmed, whatever became of them",
            "nombre d'inscriptions passées de la liste d'attente à une place, quelle qu'en soit la suite",
        ),
    ),
    count(
        "refused",
        "Demand that got no seat: still in line when the session began.",
        "Demande restée sans place : encore en attente au début de la session.",
        "registrations",
        Text(
            "number of registrations waitlisted when their session began or was closed and never seated "
            "since; those declined, or of a cancelled session, are left out",
            "nombre d'inscriptions en liste d'attente au début de leur session ou à sa clôture, et jamais"
            " placées depuis ; celles non retenues et celles d'une session annulée n'y sont pas",
        ),
    ),
    ratio(
        "waiting_pressure",
        "Registrations that stood in line, for each seat.",
        "Inscriptions passées par la liste d'attente, par place offerte.",
        unit="registrations per seat",
        formula=Text(
            "ever_waitlisted / seats; null without seats",
            "inscriptions passées par la liste d'attente / places ; vide sans places",
        ),
        part="ever_waitlisted",
        over=("seats",),
        of=Of.OFFER,
    ),
    hours(
        "attended_hours",
        "Hours that people attended.",
        "Heures de présence des personnes.",
        Text(
            "length of the meeting for each registration marked present, and for each head counted where "
            "nobody registers, added up, in hours; heads are left out of groups by situation",
            "durée de la séance pour chaque inscription notée présente et pour les personnes comptées aux"
            " séances sans inscription, additionnée, en heures ; ces dernières manquent aux répartitions "
            "par situation",
        ),
        plus=("heads_minutes",),
    ),
    ratio(
        "no_show_rate",
        "Part of those expected at meetings who did not come, without a word.",
        "Part des personnes attendues aux séances et absentes sans prévenir.",
        unit="ratio, 0 to 1",
        formula=Text(
            "absent / (present + absent + excused), over registrations and meetings; null when none is "
            "recorded",
            "absents / (présents + absents + excusés), par inscription et par séance ; vide si rien n'est"
            " noté",
        ),
        part="absent",
        over=("present", "absent", "excused"),
    ),
    ratio(
        "satisfaction",
        "Mean rating given by participants.",
        "Note moyenne donnée par les participants.",
        unit="points, 1 to 5",
        formula=Text(
            "sum of ratings / number of ratings; the last of each registration, and each one given on the"
            " place's tablet; null without any",
            "somme des notes / nombre de notes ; la dernière de chaque inscription, et chacune de celles "
            "données sur la tablette du lieu ; vide s'il n'y en a aucune",
        ),
        part="ratings",
        over=("feedback_count",),
    ),
    count(
        "feedback_count",
        "Ratings received.",
        "Retours d'expérience reçus.",
        "ratings",
        Text(
            "number of registrations with a rating, and of ratings given on the place's tablet, whose "
            "people are not known: they have no situation",
            "nombre d'inscriptions avec une note, et de notes données sur la tablette du lieu par des "
            "personnes inconnues, donc sans situation",
        ),
    ),
    ratio(
        "response_rate",
        "Part of the registrations that came and then gave their view.",
        "Part des inscriptions venues qui ont donné leur avis.",
        unit="ratio, 0 to 1",
        formula=Text(
            "registrations with a rating / registrations marked present at one meeting or more; ratings "
            "given on the place's tablet and heads counted are left out; null when nobody came",
            "inscriptions avec une note / inscriptions notées présentes à une séance ou plus ; les notes "
            "données sur la tablette du lieu et les personnes comptées n'y sont pas ; vide si personne "
            "n'est venu",
        ),
        part="feedback_registered",
        over=("attended",),
        of=Of.ONCE,
    ),
    count(
        "notifications_sent",
        "Messages sent about the sessions.",
        "Messages envoyés à propos des sessions.",
        "messages",
        Text(
            "number of messages that their carrier accepted",
            "nombre de messages acceptés par le service qui les achemine",
        ),
    ),
    count(
        "notifications_failed",
        "Messages about the sessions that could not be sent.",
        "Messages à propos des sessions qui n'ont pas pu partir.",
        "messages",
        Text(
            "number of messages given up",
            "nombre de messages abandonnés",
        ),
    ),
)
