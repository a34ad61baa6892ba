"""Codes of the national schema of places of digital mediation, v1.0.2, and the description of a place in it.

The values are those of https://github.com/LaMednum/standard-mediation-num (``schema.json``, tag v1.0.2),
where each is a pattern of values joined by ``|``; here they are lists.
"""

import marshmallow as ma
from marshmallow import fields, validate

from shared.web.fields import WebAddress, Words

ITINERANCE = (
    "Itinérant",
    "Fixe",
)
SERVICES = (
    "Aide aux démarches administratives",
    "Maîtrise des outils numériques du quotidien",
    "Insertion professionnelle via le numérique",
    "Utilisation sécurisée du numérique",
    "Parentalité et éducation avec le numérique",
    "Loisirs et créations numériques",
    "Compréhension du monde numérique",
    "Accès internet et matériel informatique",
    "Acquisition de matériel informatique à prix solidaire",
)
PUBLICS = (
    "Jeunes",
    "Étudiants",
    "Familles et/ou enfants",
    "Seniors",
    "Femmes",
)
CARE = (
    "Surdité",
    "Handicaps moteurs",
    "Handicaps mentaux",
    "Illettrisme",
    "Langues étrangères (anglais)",
    "Langues étrangères (autres)",
    "Déficience visuelle",
)
FEES = (
    "Gratuit",
    "Gratuit sous condition",
    "Payant",
)
PROGRAMMES = (
    "Aidants Connect",
    "Bibliothèques numérique de référence",
    "Certification PIX",
    "Conseillers numériques",
    "Emmaüs Connect",
    "France Services",
    "Grande école du numérique",
    "La Croix Rouge",
    "Point d'accès numérique CAF",
    "Promeneurs du net",
    "Relais numérique (Emmaüs Connect)",
)
LABELS = (
    "Formé à « Mon Espace Santé »",
    "Formé à « DUPLEX » (illettrisme)",
    "Arnia/MedNum BFC (Bourgogne-Franche-Comté)",
    "Collectif ressources et acteurs réemploi (Normandie)",
    "Étapes numériques(La Poste)",
    "Fabriques de Territoire",
    "Les Éclaireurs du numérique (Drôme)",
    "Mes Papiers (Métropole de Lyon)",
    "ORDI 3.0",
    "SUD LABS (PACA)",
)
ACCESS = (
    "Se présenter",
    "Téléphoner",
    "Contacter par mail",
    "Prendre un RDV en ligne",
    "Ce lieu n'accueille pas de public",
    "Envoyer un mail avec une fiche de prescription",
)
SUPPORT = (
    "En autonomie",
    "Accompagnement individuel",
    "Dans un atelier collectif",
    "À distance",
)
_LONGEST_SUMMARY = 280


def _values(allowed: tuple[str, ...], *, least: int = 0) -> fields.List[str]:
    return fields.List(
        fields.String(validate=validate.OneOf(allowed)),
        validate=validate.Length(least, len(allowed)),
    )


class DigitalMediation(ma.Schema):
    """What a place of digital mediation offers. Names are the schema's; a place without it is none."""

    services = _values(SERVICES, least=1)
    typologie = fields.List(
        fields.String(validate=validate.Regexp(r"^[A-Z][A-Z_]{1,39}$", error="Invalid value.")),
        validate=validate.Length(max=5),
    )
    presentation_resume = Words(most=_LONGEST_SUMMARY)
    presentation_detail = Words(most=5000)
    structure_parente = Words(most=200)
    itinerance = _values(ITINERANCE)
    publics_specifiquement_adresses = _values(PUBLICS)
    prise_en_charge_specifique = _values(CARE)
    frais_a_charge = _values(FEES)
    dispositif_programmes_nationaux = _values(PROGRAMMES)
    formations_labels = _values(LABELS)
    autres_formations_labels = Words(most=200)
    modalites_acces = _values(ACCESS)
    modalites_accompagnement = _values(SUPPORT)
    fiche_acces_libre = WebAddress()
    prise_rdv = WebAddress()
