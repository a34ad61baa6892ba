"""The refusal of a whole file."""

from typing import ClassVar

from shared.errors import Invalid, Text

MOST_ROWS = 10_000


class Unreadable(Invalid):
    """The file as a whole cannot be read."""

    slug: ClassVar[str] = "unreadable-file"

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(
            Text(
                f"{en} Accepted: a programme of this project (JSON), a JSON list of activities, an"
                " OpenAgenda export (JSON), CSV with a header, a workbook (XLSX, XLS), iCalendar.",
                f"{fr} Sont acceptés : un programme au format du projet (JSON), une liste"
                " d’activités en JSON, un export OpenAgenda (JSON), un CSV avec en-têtes, un classeur"
                " (XLSX, XLS), un calendrier iCalendar.",
            )
        )


def too_many_rows(number: int) -> Unreadable:
    """For a file that holds more than :data:`MOST_ROWS`."""
    return Unreadable(
        f"The file has {number} rows; {MOST_ROWS} can be loaded at once: split it.",
        f"Le fichier a {number} lignes ; on peut en charger {MOST_ROWS} à la fois : découpez-le.",
    )


def untitled(found: list[str]) -> Unreadable:
    """For a file whose columns or fields are ``found``, none of which gives a title."""
    shown = ", ".join(name.strip()[:40] for name in found[:12])
    return Unreadable(
        f"No column or field gives a title (title, name, titre, nom…). Found: {shown}.",
        "Aucune colonne, aucun champ ne donne de titre (titre, nom, title, name…)."
        f" Trouvé : {shown}.",
    )
