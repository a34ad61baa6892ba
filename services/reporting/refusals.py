"""What reporting says no to, and why, in words a person can read."""

from datetime import date

from shared.errors import Conflict, Invalid, NotFound, Text


class JobNotFound(NotFound):
    slug = "report-job-not-found"
    says = Text("There is no such report job.", "Cette demande de rapport n'existe pas.")


class JobFinished(Conflict):
    slug = "report-job-finished"
    says = Text(
        "This report is written, or has failed: there is nothing left to cancel.",
        "Ce rapport est écrit, ou a échoué : il n'y a plus rien à annuler.",
    )


class TookTooLong(Invalid):
    slug = "report-too-long"
    says = Text(
        "This report took too long to count. Ask for a shorter period, or for one programme.",
        "Ce rapport était trop long à calculer. Demandez une période plus courte, ou un seul dispositif.",
    )


class SubscriptionNotFound(NotFound):
    slug = "report-subscription-not-found"
    says = Text("There is no such subscription.", "Cet abonnement n'existe pas.")


class FileNotFound(NotFound):
    slug = "report-file-not-found"
    says = Text("This report has no such file.", "Ce rapport n'a pas ce fichier.")


class NothingReleased(NotFound):
    slug = "nothing-released"
    says = Text(
        "No open figures have been released yet.", "Aucun chiffre ouvert n'a encore été publié."
    )


class DataSetNotFound(NotFound):
    slug = "data-set-not-found"
    says = Text("There is no such data set.", "Ce jeu de données n'existe pas.")


class EditionNotFound(NotFound):
    slug = "edition-not-found"
    says = Text("There is no such edition.", "Cette édition n'existe pas.")


class QuoteNotFound(NotFound):
    slug = "quote-not-found"
    says = Text("There is no such quote.", "Ce témoignage n'existe pas.")


class SessionUnknown(NotFound):
    slug = "session-unknown"
    says = Text(
        "Reporting has not been told of this session.",
        "Le service des bilans ne connaît pas cette session.",
    )


_NO_CODE = {
    "programme": Text(
        "Reporting has not been told of a programme “{}”.",
        "Le service des bilans ne connaît pas de dispositif « {} ».",
    ),
    "organisation": Text(
        "Reporting has not been told of an organisation “{}”.",
        "Le service des bilans ne connaît pas de structure « {} ».",
    ),
    "place": Text(
        "Reporting has not been told of a place “{}”.",
        "Le service des bilans ne connaît pas de lieu « {} ».",
    ),
}


class CodeUnknown(Invalid):
    """A report would be about what no event has told of: a mistyped code, or one that nothing is known of yet."""

    def __init__(self, kind: str, code: str) -> None:
        says = Text(_NO_CODE[kind].en.format(code), _NO_CODE[kind].fr.format(code))
        super().__init__(says, errors={f"parameters.{kind}": [says]})


class RebuildNotFound(NotFound):
    slug = "rebuild-not-found"
    says = Text("There is no such rebuild.", "Cette reconstruction n'existe pas.")


class RebuildRunning(Conflict):
    slug = "rebuild-running"
    says = Text(
        "The figures are being rebuilt already.",
        "Les chiffres sont déjà en cours de reconstruction.",
    )


class OnlyWholeReleases(Invalid):
    """Open figures about a part of the period that the release is about could be subtracted from others."""

    def __init__(self, *, since: date, until: date) -> None:
        says = Text(
            f"Open figures are told for the whole period only: from {since} to {until}.",
            f"Les chiffres ouverts ne sont donnés que pour toute la période : de {since} à {until}.",
        )
        super().__init__(errors={"from": [says]})
