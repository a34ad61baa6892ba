"""The codes of the Coop de la médiation numérique, and which of them our own come down to.

Those of the attributes of an ``activite`` in its API, version 1:
https://coop-numerique.anct.gouv.fr/api/v1/documentation
"""

from collections.abc import Mapping

INDIVIDUAL, COLLECTIVE = "individuel", "collectif"
AT_THE_PLACE = "lieu_activite"
THEMATIQUES = (
    "diagnostic_numerique",
    "prendre_en_main_du_materiel",
    "maintenance_de_materiel",
    "gere_ses_contenus_numeriques",
    "navigation_sur_internet",
    "email",
    "bureautique",
    "reseaux_sociaux",
    "sante",
    "banque_et_achats_en_ligne",
    "entrepreneuriat",
    "insertion_professionnelle",
    "securite_numerique",
    "parentalite",
    "scolarite_et_numerique",
    "creer_avec_le_numerique",
    "culture_numerique",
    "intelligence_artificielle",
    "aide_aux_demarches_administratives",
    # What the administrative step is about.
    "papiers_elections_citoyennete",
    "famille_scolarite",
    "social_sante",
    "travail_formation",
    "logement",
    "transports_mobilite",
    "argent_impots",
    "justice",
    "etrangers_europe",
    "loisirs_sports_culture",
    "associations",
)
NOT_SAID = "non_communique"
# Nobody is asked for it here.
GENDERS = ("masculin", "feminin")
# Our bands end a year or a few later than theirs: whoever is 25 stands with those up to 24, and those of 70
# to 74 with those up to 69.
AGES: Mapping[str, str] = {
    "0-11": "moins_de_douze",
    "12-17": "douze_dix_huit",
    "18-25": "dix_huit_vingt_quatre",
    "26-39": "vingt_cinq_trente_neuf",
    "40-59": "quarante_cinquante_neuf",
    "60-74": "soixante_soixante_neuf",
    "75+": "soixante_dix_plus",
}
# By situation, the first that a person has. Benefits do not say whether somebody works, and no situation of ours
# says that they do.
SOCIAL_STATUSES: Mapping[str, str] = {
    "retired": "retraite",
    "student": "scolarise",
    "job-seeker": "sans_emploi",
}
STATUSES = (*SOCIAL_STATUSES.values(), "en_emploi")
