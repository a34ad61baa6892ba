"""What marshmallow says of bad input: field by field, and in French."""

import re
from collections.abc import Mapping
from typing import Any

# A choice that may be left open, as Python writes it; whoever reads it wrote JSON.
_OR_NONE = re.compile(r"(Must be one of: .*), None\.", re.DOTALL)

# What marshmallow says in English, in French. A test holds that the common ones are all here.
_WORDS_FR: Mapping[str, str] = {
    "Missing data for required field.": "Ce champ est obligatoire.",
    "Field may not be null.": "Ce champ ne peut pas être vide.",
    "Unknown field.": "Champ inconnu.",
    "Invalid input type.": "Type de donnée incorrect.",
    "Invalid type.": "Type de donnée incorrect.",
    "Not a valid string.": "Un texte est attendu.",
    "Not a valid utf-8 string.": "Un texte en UTF-8 est attendu.",
    "Not a valid integer.": "Un nombre entier est attendu.",
    "Not a valid number.": "Un nombre est attendu.",
    "Not a valid boolean.": "La réponse attendue est vrai ou faux.",
    "Not a valid list.": "Une liste est attendue.",
    "Not a valid mapping type.": "Un objet est attendu.",
    "Not a valid UUID.": "Un identifiant (UUID) est attendu.",
    "Not a valid datetime.": "Une date avec heure et fuseau (RFC 3339) est attendue.",
    "Not a valid date.": "Une date (AAAA-MM-JJ) est attendue.",
    "Two capital letters (ISO 3166) are expected.": "Deux lettres majuscules (ISO 3166) sont attendues.",
    "A language such as fr or ar-MA is expected.": "Une langue comme fr ou ar-MA est attendue.",
    "Not a valid time.": "Une heure (HH:MM) est attendue.",
    "A date with its hour is expected, without offset.": "Une date avec son heure est attendue, sans décalage horaire.",
    "It must end after it starts.": "La fin doit suivre le début.",
    "Not a valid email address.": "Cette adresse électronique n'est pas valable.",
    "Not a valid URL.": "Cette adresse de page n'est pas valable.",
    "Invalid value.": "Valeur incorrecte.",
    "A month is expected, as YYYY-MM.": "Un mois (AAAA-MM) est attendu.",
    "Give `compare_from` too.": "Indiquez aussi « compare_from ».",
    "Give `compare_to` too.": "Indiquez aussi « compare_to ».",
    "Must not be before `from`.": "Ne doit pas précéder « from ».",
    "Must not be before `compare_from`.": "Ne doit pas précéder « compare_from ».",
    "Say over how many years an investment is written off.": "Indiquez la durée d'amortissement, en années.",
    "Only an investment is written off.": "Seul un investissement est amorti.",
    "Not a valid aware datetime.": "Une date avec heure et fuseau (RFC 3339) est attendue.",
    "A date, or a time with its offset (RFC 3339), is expected.": (
        "Une date (AAAA-MM-JJ), ou une date avec heure et fuseau (RFC 3339), est attendue."
    ),
    "Contains a character that cannot be stored.": "Contient un caractère impossible à enregistrer.",
    "Not a date of this century.": "Cette date n'est pas de ce siècle.",
    "Not a rate such as 600/minute.": "Un débit comme 600/minute est attendu.",
    "Each may be named once.": "Chacun ne peut être nommé qu'une fois.",
    "Not a valid phone number.": "Ce numéro de téléphone n'est pas valable.",
    "Lower-case letters, digits and hyphens only.": "Lettres minuscules, chiffres et tirets seulement.",
    "Leave out either this or `participant`.": "Indiquez ce champ ou « participant », pas les deux.",
    "Give at least one condition.": "Indiquez au moins une condition.",
    "Name a kind, a channel, or both.": "Indiquez un type de message, un canal, ou les deux.",
    "Give `batch` or `ids`.": "Indiquez « batch » ou « ids ».",
    "Give `min` or `max`.": "Indiquez « min » ou « max ».",
    "Must not be below `min`.": "Ne doit pas être inférieur à « min ».",
    "Must be from today on, within ten years.": "Une date d'ici dix ans est attendue, pas avant ce jour.",
    "Must not be there twice.": "Ne doit pas y figurer deux fois.",
    "Neither an event nor a rule of the calendar that reports can follow.": (
        "Ni un événement, ni une règle de calendrier que les rapports puissent suivre."
    ),
    "This rule cannot be read or never comes round.": "Cette règle est illisible ou ne revient jamais.",
    "Reports come by the day, week, month or year: FREQ=DAILY, WEEKLY, MONTHLY, YEARLY.": (
        "Les rapports reviennent tous les jours, semaines, mois ou ans : FREQ=DAILY, WEEKLY, MONTHLY, YEARLY."
    ),
    "Nothing of this name is told then.": "Rien de ce nom n'est dit à ce moment-là.",
    "A rule of the calendar has nothing to filter.": "Une règle de calendrier n'a rien à filtrer.",
    "It is about so few people that it is for staff alone.": (
        "Il porte sur si peu de personnes qu'il est réservé à l'équipe."
    ),
    "Not a time zone such as Europe/Paris.": "Un fuseau horaire comme Europe/Paris est attendu.",
    "Leave an e-mail address or a phone number.": "Indiquez une adresse électronique ou un téléphone.",
}

# The same for what it says with figures or choices in it.
_PATTERNS_FR: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(english, re.DOTALL), french)
    for english, french in (
        (r"Must be one of: (.*), or null\.", r"Valeurs possibles : \1 ou null."),
        (
            r"`(\S+)` has a target in (items\.\d+) already\.",
            r"« \1 » a déjà un objectif dans \2.",
        ),
        (r"Must be one of: (.*)\.", r"Valeurs possibles : \1."),
        (
            r"Give a value, or one of these for what is told then: (.*)\.",
            r"Indiquez une valeur ou, pour reprendre ce qui est dit à ce moment-là : \1.",
        ),
        (r"Must be one or two of: (.*)\.", r"Une ou deux valeurs parmi : \1."),
        (r"Shorter than minimum length (\d+)\.", r"Longueur minimale : \1."),
        (r"Longer than maximum length (\d+)\.", r"Longueur maximale : \1."),
        (r"Length must be between (\d+) and (\d+)\.", r"Longueur attendue : de \1 à \2."),
        (r"Must be greater than or equal to (\S+)\.", r"Au moins \1."),
        (r"Must be less than or equal to (\S+)\.", r"Au plus \1."),
        (
            r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.",
            r"De \1 à \2.",
        ),
    )
)


def in_french(message: str) -> str:
    """What marshmallow says, in French; as it is when that is not known."""
    if message in _WORDS_FR:
        return _WORDS_FR[message]
    for pattern, french in _PATTERNS_FR:
        if match := pattern.fullmatch(message):
            return match.expand(french)
    return message


def flatten(messages: Any, path: str = "") -> list[tuple[str, str]]:
    """marshmallow's nested messages as pairs: ``participant.email`` and what is wrong with it.

    What concerns the whole is said of ``path``, or of nothing (``""``).
    """
    if isinstance(messages, Mapping):
        return [
            pair
            for key, value in messages.items()
            for pair in flatten(
                value, path if key == "_schema" else f"{path}.{key}" if path else str(key)
            )
        ]
    if isinstance(messages, list):
        return [pair for message in messages for pair in flatten(message, path)]
    return [(path, _OR_NONE.sub(r"\1, or null.", str(messages)))]
