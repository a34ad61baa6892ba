"""Codes of the national directory of inclusion services (data·inclusion), schema 1.0.10, and who carries them.

The codes are those of its published reference, https://github.com/gip-inclusion/data-inclusion-schema
(``src/data_inclusion/schema/v1``); a test holds them against the package that it publishes.
"""

import marshmallow as ma
from marshmallow import fields, validate

from shared.events.catalogue import PUBLICS
from shared.web.fields import Words

# Topic → what of it. A code is both, joined by two hyphens.
_THEMES: dict[str, tuple[str, ...]] = {
    "choisir-un-metier": (
        "confirmer-son-choix-de-metier",
        "connaitre-les-opportunites-demploi",
        "decouvrir-un-metier-ou-un-secteur-dactivite",
        "identifier-ses-points-forts-et-ses-competences",
    ),
    "creer-une-entreprise": (
        "definir-son-projet-de-creation-dentreprise",
        "developper-son-entreprise",
        "structurer-son-projet-de-creation-dentreprise",
    ),
    "difficultes-administratives-ou-juridiques": (
        "accompagnement-aux-demarches-administratives",
        "accompagnement-pour-lacces-a-la-citoyennete",
        "accompagnement-pour-lacces-aux-droits",
        "beneficier-dune-mesure-daccompagnement-adapte",
        "connaitre-ses-droits-face-a-une-discrimination",
        "prendre-en-compte-une-problematique-judiciaire",
    ),
    "difficultes-financieres": (
        "acquerir-une-autonomie-budgetaire",
        "ameliorer-sa-gestion-budgetaire",
        "mettre-en-place-une-mesure-de-protection-financiere",
        "prevenir-une-degradation-de-la-situation-financiere",
        "situation-dendettement-surendettement",
    ),
    "equipement-et-alimentation": (
        "aide-menagere",
        "alimentation",
        "electromenager",
        "habillement",
    ),
    "famille": (
        "garde-denfants",
        "prise-en-charge-personne-dependante",
        "soutien-a-la-parentalite-et-a-leducation",
        "soutien-aidants",
        "surmonter-conflits-separation-violence",
    ),
    "lecture-ecriture-calcul": (
        "maitriser-le-calcul",
        "maitriser-le-francais",
    ),
    "logement-hebergement": (
        "acheter-un-logement",
        "changer-de-logement",
        "louer-un-logement",
        "rechercher-une-solution-dhebergement-temporaire",
        "reduire-les-impayes-de-loyer",
        "se-maintenir-dans-le-logement",
        "sinformer-sur-les-demarches-liees-a-lacces-au-logement",
    ),
    "mobilite": (
        "acceder-a-un-vehicule",
        "entretenir-reparer-son-vehicule",
        "etre-accompagne-dans-son-parcours-mobilite",
        "financer-ma-mobilite",
        "preparer-un-permis",
        "mobilite-douce-partagee-collective",
    ),
    "numerique": (
        "acceder-a-des-services-en-ligne",
        "acceder-a-une-connexion-internet",
        "acquerir-un-equipement",
        "maitriser-les-fondamentaux-du-numerique",
    ),
    "preparer-sa-candidature": (
        "developper-son-reseau",
        "organiser-ses-demarches-de-recherche-demploi",
        "realiser-un-cv-et-ou-une-lettre-de-motivation",
        "valoriser-ses-competences",
    ),
    "remobilisation": (
        "activites-sportives-et-culturelles",
        "benevolat-action-citoyenne",
        "bien-etre-confiance-en-soi",
        "lien-social",
    ),
    "sante": (
        "acces-aux-soins",
        "addictions",
        "constituer-un-dossier-mdph-invalidite",
        "sante-mentale",
        "sante-sexuelle",
    ),
    "se-former": (
        "monter-son-dossier-de-formation",
        "trouver-sa-formation",
    ),
    "souvrir-a-linternational": (
        "connaitre-les-opportunites-demploi-a-letranger",
        "sinformer-sur-les-aides-pour-travailler-a-letranger",
        "sorganiser-suite-a-son-retour-en-france",
    ),
    "trouver-un-emploi": (
        "convaincre-un-recruteur-en-entretien",
        "faire-des-candidatures-spontanees",
        "maintien-dans-lemploi",
        "repondre-a-des-offres-demploi",
        "suivre-ses-candidatures-et-relancer-les-employeurs",
    ),
}
THEMATIQUES = tuple(f"{topic}--{part}" for topic, parts in _THEMES.items() for part in parts)
TYPES = (
    "accompagnement",
    "aide-financiere",
    "aide-materielle",
    "atelier",
    "formation",
    "information",
)
FRAIS = ("gratuit", "payant")
MODES_ACCUEIL = ("a-distance", "en-presentiel")
MODES_MOBILISATION = (
    "envoyer-un-courriel",
    "se-presenter",
    "telephoner",
    "utiliser-lien-mobilisation",
)
MOBILISABLE_PAR = ("usagers", "professionnels")
_EVERYONE = "tous-publics"


def _codes(allowed: tuple[str, ...], *, least: int = 0) -> fields.List[str]:
    return fields.List(
        fields.String(validate=validate.OneOf(allowed)),
        validate=validate.Length(least, len(allowed)),
    )


class DataInclusionCodes(ma.Schema):
    """How the services of a programme, or of one activity, are described there. Names are the directory's."""

    type = fields.String(validate=validate.OneOf(TYPES))
    thematiques = _codes(THEMATIQUES)
    publics = _codes(PUBLICS, least=1)
    publics_precisions = Words(most=2000)
    conditions_acces = Words(most=2000)
    frais = fields.String(validate=validate.OneOf(FRAIS))
    frais_precisions = Words(most=2000)
    modes_accueil = _codes(MODES_ACCUEIL)
    modes_mobilisation = _codes(MODES_MOBILISATION, least=1)
    mobilisable_par = _codes(MOBILISABLE_PAR, least=1)
    mobilisation_precisions = Words(most=2000)

    @ma.validates_schema
    def _everyone_stands_alone(self, codes: dict[str, object], **_: object) -> None:
        publics = codes.get("publics")
        if isinstance(publics, list) and _EVERYONE in publics and len(publics) > 1:
            raise ma.ValidationError("Invalid value.", "publics")
