"""Words that may be printed, and words that may not."""

import pytest

from services.reporting.screening import find_identifying


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Grâce à Fatima j'ai repris confiance.", "Fatima"),
        ("Merci à Jean-Luc et aux autres.", "Jean-Luc"),
        ("L'atelier d'Amina m'a plu.", "Amina"),
        ("C'est Mme benali qui m'a aidée.", "Mme benali"),
        ("Je m'appelle karim et je viens du quartier.", "Je m'appelle karim"),
        ("Thanks to Monsieur Paul.", "Monsieur Paul"),
        ("Écrivez-moi : lea@example.org !", "lea@example.org"),
        ("Mon numéro est le 06 12 34 56 78.", "06 12 34 56 78"),
        ("Appelez +33.6.12.34.56.78", "+33.6.12.34.56.78"),
        ("Tout est sur www.exemple.fr/lea", "www.exemple.fr/lea"),
    ],
)
def test_names_and_contacts_are_found(words: str, found: str) -> None:
    assert find_identifying(words) == found


@pytest.mark.parametrize(
    "words",
    [
        "J'ai repris confiance. Avant, je n'osais pas téléphoner !",
        "Avec UNIS'VERS j'ai trouvé un stage ; au CCAS on m'a écoutée.",
        "On vient aux Vill@ges connectés.".replace("Vill", "vill"),
        "« Enfin un lieu pour nous », et rien à payer : 3 ateliers en 2026.",
        "I come every Monday, and I'm learning French.",
        "– C'est près de chez moi\n– On y est bien",
        "",
    ],
)
def test_words_that_name_nobody_pass(words: str) -> None:
    assert find_identifying(words) is None
