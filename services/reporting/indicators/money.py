"""What it cost: running costs, and apart from them the investment as it is written off."""

from services.reporting.indicators.definition import Indicator, cost, cost_per

MONEY: tuple[Indicator, ...] = (
    cost(
        "running_cost",
        "Running costs of the period.",
        "Coûts de fonctionnement de la période.",
        "budget lines of kind running, added up, each by the days of its year that lie in the period; without an "
        "end, up "
        "to today. Divided by programme, those of the place as a whole are left out; null without such a line",
        part="running_cents",
    ),
    cost(
        "written_off",
        "What of the investment is written off in the period.",
        "Part de l'investissement amortie sur la période.",
        "budget lines of kind investment, each in equal parts over the years that its line says, by the days that "
        "lie in "
        "the period; what is left out is as for running_cost",
        part="written_off_cents",
    ),
    cost_per(
        "cost_per_person",
        "Running costs for each different person who came.",
        "Coût de fonctionnement par personne différente venue.",
        "running_cost / people_attended; heads counted where nobody registers are not people known, so "
        "where there are many the true figure is lower; null without either",
        part="running_cents",
        over=("people_attended",),
    ),
    cost_per(
        "written_off_per_person",
        "Investment written off for each different person who came.",
        "Investissement amorti par personne différente venue.",
        "written_off / people_attended; heads counted where nobody registers are not people known, so "
        "where there are many the true figure is lower; null without either",
        part="written_off_cents",
        over=("people_attended",),
    ),
    cost_per(
        "cost_per_attended_hour",
        "Running costs for each hour that somebody attended.",
        "Coût de fonctionnement par heure de présence.",
        "running_cost / attended_hours; null without either",
        part="running_cents",
        over=("attended_hours_minutes", "heads_minutes"),
        each=60,
    ),
    cost_per(
        "written_off_per_attended_hour",
        "Investment written off for each hour that somebody attended.",
        "Investissement amorti par heure de présence.",
        "written_off / attended_hours; null without either",
        part="written_off_cents",
        over=("attended_hours_minutes", "heads_minutes"),
        each=60,
    ),
    cost_per(
        "cost_per_session",
        "Running costs for each session.",
        "Coût de fonctionnement par session.",
        "running_cost / sessions; null without either",
        part="running_cents",
        over=("sessions",),
    ),
    cost_per(
        "written_off_per_session",
        "Investment written off for each session.",
        "Investissement amorti par session.",
        "written_off / sessions; null without either",
        part="written_off_cents",
        over=("sessions",),
    ),
)
