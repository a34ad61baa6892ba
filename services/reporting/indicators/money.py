"""What it cost: running costs, and apart from them the investment as it is written off."""

from services.reporting.indicators.definition import Indicator, cost, cost_per
from shared.errors import Text

MONEY: tuple[Indicator, ...] = (
    cost(
        "running_cost",
        "Running costs of the period.",
        "Coûts de fonctionnement de la période.",
        Text(
            "budget lines of kind running, added up, each by the days of its year that lie in the period;"
            " without an end, up to today. Divided by programme, those of the place as a whole are left "
            "out; null without such a line",
            "somme des lignes budgétaires de fonctionnement, chacune au prorata des jours de son année "
            "compris dans la période ; sans date de fin, jusqu'à aujourd'hui. Réparti par dispositif, "
            "sans les lignes du lieu dans son ensemble ; vide sans aucune ligne",
        ),
        part="running_cents",
    ),
    cost(
        "written_off",
        "What of the investment is written off in the period.",
        "Part de l'investissement amortie sur la période.",
        Text(
            "budget lines of kind investment, each in equal parts over the years that its line says, by "
            "the days that lie in the period; what is left out is as for running_cost",
            "somme des lignes budgétaires d'investissement, chacune en parts égales sur les années "
            "qu'elle indique, au prorata des jours compris dans la période ; mêmes exclusions que pour le"
            " coût de fonctionnement",
        ),
        part="written_off_cents",
    ),
    cost_per(
        "cost_per_person",
        "Running costs for each different person who came.",
        "Coût de fonctionnement par personne différente venue.",
        Text(
            "running_cost / people_attended; heads counted where nobody registers are not people known, "
            "so where there are many the true figure is lower; null without either",
            "coût de fonctionnement / personnes venues ; les personnes comptées aux séances sans "
            "inscription ne sont pas connues, et où elles sont nombreuses le vrai chiffre est plus bas ; "
            "vide si l'un des deux manque",
        ),
        part="running_cents",
        over=("people_attended",),
    ),
    cost_per(
        "written_off_per_person",
        "Investment written off for each different person who came.",
        "Investissement amorti par personne différente venue.",
        Text(
            "written_off / people_attended; heads counted where nobody registers are not people known, so"
            " where there are many the true figure is lower; null without either",
            "investissement amorti / personnes venues ; les personnes comptées aux séances sans "
            "inscription ne sont pas connues, et où elles sont nombreuses le vrai chiffre est plus bas ; "
            "vide si l'un des deux manque",
        ),
        part="written_off_cents",
        over=("people_attended",),
    ),
    cost_per(
        "cost_per_attended_hour",
        "Running costs for each hour that somebody attended.",
        "Coût de fonctionnement par heure de présence.",
        Text(
            "running_cost / attended_hours; null without either",
            "coût de fonctionnement / heures de présence ; vide si l'un des deux manque",
        ),
        part="running_cents",
        over=("attended_hours_minutes", "heads_minutes"),
        each=60,
    ),
    cost_per(
        "written_off_per_attended_hour",
        "Investment written off for each hour that somebody attended.",
        "Investissement amorti par heure de présence.",
        Text(
            "written_off / attended_hours; null without either",
            "investissement amorti / heures de présence ; vide si l'un des deux manque",
        ),
        part="written_off_cents",
        over=("attended_hours_minutes", "heads_minutes"),
        each=60,
    ),
    cost_per(
        "cost_per_session",
        "Running costs for each session.",
        "Coût de fonctionnement par session.",
        Text(
            "running_cost / sessions; null without either",
            "coût de fonctionnement / sessions ; vide si l'un des deux manque",
        ),
        part="running_cents",
        over=("sessions",),
    ),
    cost_per(
        "written_off_per_session",
        "Investment written off for each session.",
        "Investissement amorti par session.",
        Text(
            "written_off / sessions; null without either",
            "investissement amorti / sessions ; vide si l'un des deux manque",
        ),
        part="written_off_cents",
        over=("sessions",),
    ),
)
