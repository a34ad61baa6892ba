"""Places of digital mediation in the national schema v1.0.2, a row per place.

https://github.com/LaMednum/standard-mediation-num. A place is one if it says which of the schema's services it
offers; one whose address is not known is left out, since the schema asks for it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from services.registrations.models import Place
from shared.csv_files import Cell, TelephoneNumber, csv_text

COLUMNS = (
    "id",
    "pivot",
    "nom",
    "commune",
    "code_postal",
    "code_insee",
    "adresse",
    "complement_adresse",
    "latitude",
    "longitude",
    "typologie",
    "telephone",
    "courriels",
    "site_web",
    "horaires",
    "presentation_resume",
    "presentation_detail",
    "source",
    "itinerance",
    "structure_parente",
    "date_maj",
    "services",
    "publics_specifiquement_adresses",
    "prise_en_charge_specifique",
    "frais_a_charge",
    "dispositif_programmes_nationaux",
    "formations_labels",
    "autres_formations_labels",
    "modalites_acces",
    "modalites_accompagnement",
    "fiche_acces_libre",
    "prise_rdv",
)
_SOURCE = "Arceaux"
# What the national map holds for a place whose number is not known.
_NO_PIVOT = "0" * 14
_POSTCODE = re.compile(r"[0-9]{5}")
# Countries and territories whose numbers the schema takes.
_TELEPHONE = re.compile(r"\+(?:33|590|594|262|596|269|687|689|508|681)[0-9]{6,9}")
_USUAL: dict[str, Any] = {
    "itinerance": ["Fixe"],
    "frais_a_charge": ["Gratuit"],
    "modalites_acces": ["Se présenter"],
}


def places_as_rows(places: Iterable[Place]) -> list[dict[str, Cell]]:
    """A row for each place that can be described: what is known of it, by column."""
    return [_row(place) for place in places if _can_be_described(place)]


def places_as_csv(places: Iterable[Place]) -> str:
    """The same as a table with all columns of the schema, in UTF-8 as the schema's own example."""
    rows = places_as_rows(places)
    return csv_text(COLUMNS, ([row.get(name) for name in COLUMNS] for row in rows), mark=False)


def _can_be_described(place: Place) -> bool:
    postcode = _POSTCODE.fullmatch(place.postcode or "")
    return bool(
        place.digital_mediation.get("services") and postcode and place.city and place.address
    )


def _row(place: Place) -> dict[str, Cell]:
    row: dict[str, Any] = {
        "id": place.code,
        "pivot": place.siret or _NO_PIVOT,
        "nom": place.name,
        "commune": place.city,
        "code_postal": place.postcode,
        "code_insee": place.insee_code,
        "adresse": place.address,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "telephone": _telephone(place.phone),
        "courriels": place.email,
        "site_web": place.website,
        "horaires": place.opening_hours,
        "source": _SOURCE,
        "date_maj": place.changed_at.astimezone(UTC).date().isoformat(),
        **_USUAL,
        **place.digital_mediation,
    }
    return {name: _cell(row[name]) for name in COLUMNS if row.get(name) not in (None, [])}


def _cell(value: str | float | Sequence[str]) -> Cell:
    return value if isinstance(value, str | int | float) else "|".join(value)


def _telephone(number: str | None) -> TelephoneNumber | None:
    return TelephoneNumber(number) if number and _TELEPHONE.fullmatch(number) else None
