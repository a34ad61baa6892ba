"""``docs/indicators.md``, written from the catalogue."""

from services.reporting.indicators import CATALOGUE, VERSION, Indicator, Of

_NULL = {
    Of.OFFER: "- About sessions, so null when divided by who takes part. / "
    "Porte sur les séances : vide quand on répartit selon les personnes.",
    Of.REFERRALS: "- Of referrals only programme and month are known: null when divided by anything else. / "
    "Des orientations, on ne connaît que le dispositif et le mois : vide quand on répartit autrement.",
    Of.MONEY: "- Of budget lines only programme and place are known: null when divided by anything else. / "
    "Des lignes budgétaires, on ne connaît que le dispositif et le lieu : vide quand on répartit autrement.",
}


def indicators_markdown() -> str:
    """Every indicator, in both languages, as a Markdown document."""
    head = (
        "# Indicators / Indicateurs\n\n"
        "Made from `services/reporting/indicators/` by `python -m docs.generate`. "
        f"Version {VERSION}: raised whenever a meaning changes, and recorded in every report.\n\n"
        "Fait à partir de `services/reporting/indicators/` par `python -m docs.generate`. "
        f"Version {VERSION} : elle augmente à chaque changement de sens, et chaque rapport la porte.\n"
    )
    return "\n".join((head, *(_chapter(one) for one in CATALOGUE)))


def _chapter(one: Indicator) -> str:
    lines = [
        f"## `{one.name}`",
        "",
        f"- English: {one.says.en}",
        f"- Français : {one.says.fr}",
        f"- Unit / Unité : {one.unit}",
        f"- Formula: {one.formula.en}",
        f"- Formule : {one.formula.fr}",
    ]
    if one.of in _NULL:
        lines.append(_NULL[one.of])
    return "\n".join(lines) + "\n"
