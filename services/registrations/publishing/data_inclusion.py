"""The offer for the national directory of inclusion services: data·inclusion, schema version 1.

https://github.com/gip-inclusion/data-inclusion-schema. A structure is an organisation that offers something
now, or a place; a service is an activity at a place with a session to come.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from services.registrations.models import Activity, Organisation, Place, Programme, Session
from shared.events.links import session_url

SOURCE = "arceaux"
_LONGEST_NAME, _SHORTEST_NAME, _SHORTEST_WORDS, _LONGEST_WORDS = 150, 3, 5, 10_000
_POSTCODE = re.compile(r"[0-9]{5}")
# Situations by which a programme says who it is for, in the directory's words.
_PUBLICS = {"minimum-benefits": "beneficiaires-des-minimas-sociaux"}
# What is true of everything that the house offers, unless a programme or an activity says otherwise.
_USUAL: dict[str, Any] = {
    "type": "atelier",
    "frais": "gratuit",
    "modes_accueil": ["en-presentiel"],
    "modes_mobilisation": ["se-presenter", "utiliser-lien-mobilisation"],
    "mobilisable_par": ["usagers", "professionnels"],
}


def structures(places: Sequence[Place], offered: Sequence[Session]) -> list[dict[str, Any]]:
    """The places, and the organisations of what is ``offered``, each once."""
    organisations = {one.activity.organisation_code: one.activity.organisation for one in offered}
    return [
        *map(_place, places),
        *(_organisation(organisation) for _, organisation in sorted(organisations.items())),
    ]


def services(offered: Sequence[Session], *, public_url: str) -> list[dict[str, Any]]:
    """What is ``offered``: of each activity at each place its next session."""
    return [_service(session, public_url) for session in offered]


def _place(place: Place) -> dict[str, Any]:
    return _said(
        {
            "source": SOURCE,
            "id": f"{SOURCE}--place-{place.code}",
            "nom": _name(place.name),
            "date_maj": _day(place.changed_at),
            "description": _words(place.digital_mediation.get("presentation_detail", "")),
            "siret": place.siret,
            **_address(place),
            "telephone": place.phone,
            "courriel": place.email,
            "site_web": place.website,
            "horaires_accueil": place.opening_hours,
            "accessibilite_lieu": place.digital_mediation.get("fiche_acces_libre"),
        }
    )


def _organisation(organisation: Organisation) -> dict[str, Any]:
    return _said(
        {
            "source": SOURCE,
            "id": _structure_id(organisation.code),
            "nom": _name(organisation.name),
            "date_maj": _day(organisation.changed_at),
            "description": _words(organisation.description),
            "siret": organisation.siret,
            "site_web": organisation.website,
        }
    )


def _service(session: Session, public_url: str) -> dict[str, Any]:
    activity, place = session.activity, session.place
    programme = activity.programme
    address = session_url(public_url, session.id)
    changed = max(row.changed_at for row in (activity, programme, place))
    codes = {
        **_USUAL,
        **_for_whom(activity, programme),
        **programme.data_inclusion,
        **activity.data_inclusion,
    }
    return _said(
        {
            "source": SOURCE,
            "structure_id": _structure_id(activity.organisation_code),
            "id": f"{SOURCE}--{activity.id}-{place.code}",
            "nom": _name(activity.title),
            "description": _words(activity.description)
            or _words(programme.description)
            or _words(f"{activity.title} ({programme.name})"),
            "lien_source": address,
            "lien_mobilisation": address,
            "date_maj": _day(changed),
            **codes,
            **_address(place),
            "telephone": place.phone,
            "courriel": place.email,
        }
    )


def _for_whom(activity: Activity, programme: Programme) -> dict[str, Any]:
    if not programme.eligibility:
        return {"publics": ["tous-publics"], "publics_precisions": activity.audience}
    publics = [_PUBLICS[one] for one in programme.situations if one in _PUBLICS]
    return {"publics": publics, "publics_precisions": activity.audience}


def _address(place: Place) -> dict[str, Any]:
    postcode = place.postcode if _POSTCODE.fullmatch(place.postcode or "") else None
    return {
        "commune": place.city,
        "code_postal": postcode,
        "code_insee": place.insee_code,
        "adresse": place.address,
        "longitude": place.longitude,
        "latitude": place.latitude,
    }


def _structure_id(organisation_code: str) -> str:
    return f"{SOURCE}--{organisation_code}"


def _name(name: str) -> str:
    """3 to 150 characters on one line, without a final full stop."""
    words = " ".join(name.split())
    if len(words) > _LONGEST_NAME:
        words = words[: _LONGEST_NAME - 1].rstrip() + "…"
    if words.endswith(".") and not words.endswith("etc."):
        words = words.rstrip(". ") or words
    return words if len(words) >= _SHORTEST_NAME else f"« {words} »"


def _words(text: str) -> str | None:
    """5 to 10,000 characters; None for fewer."""
    words = text.strip()
    if len(words) > _LONGEST_WORDS:
        words = words[: _LONGEST_WORDS - 1].rstrip() + "…"
    return words if len(words) >= _SHORTEST_WORDS else None


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _said(described: dict[str, Any]) -> dict[str, Any]:
    """Without what is not known."""
    return {name: value for name, value in described.items() if value not in (None, "", [])}
