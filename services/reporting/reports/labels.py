"""What the columns and tables of reports are called, and what kind of value a column holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.reporting.indicators import CATALOGUE, Indicator
from shared.errors import Text


class Kind(StrEnum):
    """How a column's values are written: each format has its way.

    An ``of-indicator`` is written as the indicator that its row names.
    """

    TEXT = "text"
    WORD = "word"
    ID = "id"
    DATE = "date"
    MONTH = "month"
    MOMENT = "moment"
    COUNT = "count"
    DECIMAL = "decimal"
    SCORE = "score"
    RATIO = "ratio"
    EUROS = "euros"
    HOUR = "hour"
    INDICATOR = "indicator"
    OF_INDICATOR = "of-indicator"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its readers see it; indicators say what they mean, too."""

    label: Text
    kind: Kind
    meaning: Text | None = None
    formula: Text | None = None


# Short, for the heads of tables; the catalogue has the sentences.
INDICATORS: Mapping[str, Text] = {
    "registrations": Text("Registrations", "Inscriptions"),
    "confirmed": Text("Confirmed", "Confirmées"),
    "waitlisted": Text("On the waiting list", "En liste d'attente"),
    "offered": Text("Seat on offer", "Place proposée"),
    "expired": Text("Offer expired", "Proposition expirée"),
    "pending": Text("Awaiting a decision", "En attente de décision"),
    "declined": Text("Declined", "Non retenues"),
    "cancelled": Text("Cancelled", "Annulées"),
    "people": Text("People registered", "Personnes inscrites"),
    "attended": Text("Came at least once", "Venues au moins une fois"),
    "people_attended": Text("People who came", "Personnes venues"),
    "ever_waitlisted": Text("Ever on the waiting list", "Passées en liste d'attente"),
    "promoted": Text("Seated from the list", "Placées depuis la liste"),
    "refused": Text("Demand without a seat", "Demande sans place"),
    "sessions": Text("Sessions", "Sessions"),
    "sessions_cancelled": Text("Sessions cancelled", "Sessions annulées"),
    "meetings": Text("Meetings", "Séances"),
    "meetings_held": Text("Meetings held", "Séances tenues"),
    "hours": Text("Hours held", "Heures tenues"),
    "attended_hours": Text("Hours attended", "Heures de présence"),
    "seats": Text("Seats", "Places"),
    "fill_rate": Text("Seats filled", "Remplissage"),
    "no_show_rate": Text("No-shows", "Absences non prévenues"),
    "satisfaction": Text("Satisfaction (1\u00a0to\u00a05)", "Satisfaction (1\u00a0à\u00a05)"),
    "feedback_count": Text("Ratings", "Avis reçus"),
    "outcomes": Text("Outcomes noted", "Suites notées"),
    "outcomes_reached": Text("Outcomes reached", "Suites abouties"),
    "outcomes_work": Text("Led to work", "Emploi"),
    "outcomes_training": Text("Led to training", "Formation"),
    "outcomes_rights_opened": Text("Led to rights", "Droits ouverts"),
    "outcomes_project": Text("Led to a project", "Projet"),
    "outcomes_other": Text("Led to something else", "Autre suite"),
    "outcomes_none_yet": Text("Led to nothing yet", "Pas encore de suite"),
    "declined_not_eligible": Text("Declined: not for them", "Non retenues : autre public"),
    "declined_incomplete": Text("Declined: something lacked", "Non retenues : incomplètes"),
    "people_merged": Text("People with several records", "Personnes à plusieurs fiches"),
    "waiting_pressure": Text("Waiting, per seat", "Attente par place"),
    "response_rate": Text("Response rate", "Taux de réponse"),
    "sessions_too_few": Text("Cancelled: too few", "Annulées, trop peu d'inscrits"),
    "sessions_below_minimum": Text("Below their minimum", "Sous leur minimum"),
    "cohorts": Text("Cohorts", "Groupes"),
    "cohorts_formed": Text("Cohorts formed", "Groupes constitués"),
    "entered": Text("Entered a cohort", "Entrées dans un groupe"),
    "entered_ended": Text("Entered, cohort ended", "Entrées, groupe terminé"),
    "stayed": Text("Stayed to the end", "Restées jusqu'au bout"),
    "stay_rate": Text("Part who stayed", "Part restée"),
    "referrals": Text("Referrals", "Orientations"),
    "referrals_open": Text("Referrals open", "Orientations en cours"),
    "referrals_granted": Text("Referrals granted", "Orientations accordées"),
    "referrals_refused": Text("Referrals refused", "Orientations refusées"),
    "referrals_withdrawn": Text("Referrals withdrawn", "Orientations retirées"),
    "amount_asked": Text("Amount asked", "Montant demandé"),
    "amount_granted": Text("Amount granted", "Montant accordé"),
    "running_cost": Text("Running cost", "Coût de fonctionnement"),
    "written_off": Text("Investment written off", "Investissement amorti"),
    "cost_per_person": Text("Cost per person", "Coût par personne"),
    "written_off_per_person": Text("Written off per person", "Amorti par personne"),
    "cost_per_attended_hour": Text("Cost per hour attended", "Coût par heure de présence"),
    "written_off_per_attended_hour": Text(
        "Written off per hour attended", "Amorti par heure de présence"
    ),
    "cost_per_session": Text("Cost per session", "Coût par session"),
    "written_off_per_session": Text("Written off per session", "Amorti par session"),
    "calls_needed": Text("Calls needed", "Appels à passer"),
    "calls_reached": Text("Calls that reached someone", "Appels aboutis"),
    "notifications_sent": Text("Messages sent", "Messages envoyés"),
    "notifications_failed": Text("Messages failed", "Messages non partis"),
}

_OTHERS: Mapping[str, tuple[Kind, Text]] = {
    "programme": (Kind.TEXT, Text("Programme", "Dispositif")),
    "organisation": (Kind.TEXT, Text("Organisation", "Structure")),
    "place": (Kind.TEXT, Text("Place", "Lieu")),
    "room": (Kind.TEXT, Text("Room", "Salle")),
    "theme": (Kind.TEXT, Text("Theme", "Thème")),
    "title": (Kind.TEXT, Text("Activity", "Activité")),
    "month": (Kind.MONTH, Text("Month", "Mois")),
    "weekday": (Kind.WORD, Text("Weekday", "Jour")),
    "hour": (Kind.HOUR, Text("Beginning", "Début")),
    "situation": (Kind.WORD, Text("Situation", "Situation")),
    "age_band": (Kind.WORD, Text("Age", "Âge")),
    "district": (Kind.TEXT, Text("District", "Quartier")),
    "status": (Kind.WORD, Text("Status", "Statut")),
    "outcome": (Kind.WORD, Text("Outcome", "Suite")),
    "session_id": (Kind.ID, Text("Session's id", "Identifiant de la session")),
    "meeting_id": (Kind.ID, Text("Meeting's id", "Identifiant de la séance")),
    "capacity": (Kind.COUNT, Text("Seats", "Places")),
    "minimum": (Kind.COUNT, Text("Minimum", "Minimum")),
    "first_day": (Kind.DATE, Text("First day", "Premier jour")),
    "day": (Kind.DATE, Text("Day", "Date")),
    "starts_at": (Kind.MOMENT, Text("Begins at (UTC)", "Début (UTC)")),
    "minutes": (Kind.COUNT, Text("Minutes", "Minutes")),
    "present": (Kind.COUNT, Text("Present", "Présents")),
    "excused": (Kind.COUNT, Text("Excused", "Excusés")),
    "absent": (Kind.COUNT, Text("Absent", "Absents")),
    "counted": (Kind.COUNT, Text("Heads counted", "Personnes comptées")),
    "from": (Kind.DATE, Text("From", "Du")),
    "to": (Kind.DATE, Text("Before", "Avant le")),
    "indicator": (Kind.INDICATOR, Text("Figure", "Chiffre")),
    "target": (Kind.OF_INDICATOR, Text("Target", "Objectif")),
    "result": (Kind.OF_INDICATOR, Text("Result", "Résultat")),
    "reached": (Kind.RATIO, Text("Reached", "Atteint à")),
    "rating": (Kind.COUNT, Text("Rating", "Note")),
    "ratings": (Kind.COUNT, Text("Ratings given", "Avis par note")),
    "free_seats": (Kind.COUNT, Text("Seats left free", "Places restées libres")),
    "lacking_sessions": (Kind.COUNT, Text("Sessions lacking", "Sessions à ajouter")),
    "lacking_hours": (Kind.COUNT, Text("Hours lacking", "Heures à ajouter")),
}

# What those of them mean that are figures.
_MEANINGS: Mapping[str, Text] = {
    "free_seats": Text(
        "Seats that nobody has, where some are left.",
        "Places que personne n'occupe, là où il en reste.",
    ),
    "lacking_sessions": Text(
        "Sessions of the usual size that demand without a seat would fill.",
        "Sessions de taille habituelle que rempliraient les demandes sans place.",
    ),
    "lacking_hours": Text(
        "Hours of a room, and of somebody to hold them, that those sessions would take, as long as usual.",
        "Heures de salle et d'animation que prendraient ces sessions, à durée habituelle.",
    ),
}

_TABLES: Mapping[str, Text] = {
    "total": Text("Total", "Total"),
    "by_activity": Text("By activity", "Par activité"),
    "by_programme": Text("By programme", "Par dispositif"),
    "by_organisation": Text("By organisation", "Par structure"),
    "by_month": Text("By month", "Par mois"),
    "by_place": Text("By place", "Par lieu"),
    "by_situation": Text("By situation", "Par situation"),
    "by_age_band": Text("By age", "Par âge"),
    "by_district": Text("By district", "Par quartier"),
    "by_theme": Text("By theme", "Par thème"),
    "by_room": Text("By room", "Par salle"),
    "by_programme_and_month": Text("By programme and month", "Par dispositif et mois"),
    "by_weekday_and_hour": Text("By weekday and hour", "Par jour et heure"),
    "by_district_and_age_band": Text("By district and age", "Par quartier et âge"),
    "by_district_and_situation": Text("By district and situation", "Par quartier et situation"),
    "by_place_and_room": Text("By place and room", "Par lieu et salle"),
    "shortage_by_place": Text(
        "By place, day and hour, the shortest first",
        "Par lieu, jour et heure, du plus tendu au moins tendu",
    ),
    "shortage": Text(
        "By theme, room, day and hour, the shortest first",
        "Par thème, salle, jour et heure, du plus tendu au moins tendu",
    ),
    "waiting_list_pressure": Text(
        "Pressure on waiting lists, by theme", "Tension des listes d'attente, par thème"
    ),
    "registrations": Text("Registrations by status", "Inscriptions par statut"),
    "attendance": Text("Attendance at each meeting", "Émargement de chaque séance"),
    "age_bands": Text("People with a seat, by age", "Personnes placées, par âge"),
    "situations": Text("People with a seat, by situation", "Personnes placées, par situation"),
    "outcomes": Text("What it led to", "Suites du parcours"),
    "targets": Text("Targets and results", "Objectifs et résultats"),
    "ratings": Text("Ratings, from 1 to 5", "Notes, de 1 à 5"),
    "lacking": Text("What is lacking in all", "Ce qui manque en tout"),
}

_INDICATOR = {one.name: one for one in CATALOGUE}


def column(name: str) -> Column:
    """The column of this name; one that nobody described is text under its own name."""
    if name in _OTHERS:
        kind, label = _OTHERS[name]
        return Column(label, kind, _MEANINGS.get(name))
    if name in _INDICATOR:
        one = _INDICATOR[name]
        return Column(INDICATORS.get(name, _plain(name)), _kind(one), one.says, one.formula)
    return Column(_plain(name), Kind.TEXT)


def table_title(name: str) -> Text:
    return _TABLES.get(name, _plain(name))


def _kind(one: Indicator) -> Kind:
    """By its unit; a figure that is a whole number when nothing was counted always is one."""
    for begins, kind in (("ratio", Kind.RATIO), ("euro", Kind.EUROS), ("points", Kind.SCORE)):
        if one.unit.startswith(begins):
            return kind
    return Kind.COUNT if isinstance(one.compute({}), int) else Kind.DECIMAL


def _plain(name: str) -> Text:
    words = name.replace("_", " ").capitalize()
    return Text(words, words)
