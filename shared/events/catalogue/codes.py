"""The codes that facts are told in."""

AGE_BANDS = ("0-11", "12-17", "18-25", "26-39", "40-59", "60-74", "75+")
CHANNELS = ("email", "sms", "letter", "call", "desk")
REGISTRATION_STATUSES = (
    "pending",
    "confirmed",
    "waitlisted",
    "offered",
    "declined",
    "cancelled",
    "expired",
)
ATTENDANCE_STATUSES = ("present", "excused", "absent")
REGISTRATION_MODES = ("required", "none")
CALL_OUTCOMES = ("reached", "no-answer", "left-message", "withdrawn")
REFERRAL_DECISIONS = ("granted", "refused", "withdrawn")
OUTCOMES = ("work", "training", "rights-opened", "project", "other", "none-yet")
CANCEL_REASONS = ("too-few", "other")
DECLINE_REASONS = ("not-eligible", "incomplete", "other")
# Situations that most programmes ask about, beside those of data·inclusion.
SITUATIONS = ("awaiting-rights", "job-seeker", "minimum-benefits", "retired", "student")
# Audiences (`publics`) of data·inclusion v1: https://github.com/gip-inclusion/data-inclusion-schema
PUBLICS = (
    "tous-publics",
    "actifs",
    "beneficiaires-des-minimas-sociaux",
    "demandeurs-emploi",
    "etudiants",
    "familles",
    "femmes",
    "jeunes",
    "personnes-en-situation-de-handicap",
    "personnes-en-situation-durgence",
    "personnes-en-situation-juridique-specifique",
    "personnes-exilees",
    "residents-qpv-frr",
    "seniors",
)
# What statistics make of any other.
OTHER_SITUATION = "other"
SITUATIONS_COUNTED = (*SITUATIONS, *PUBLICS, OTHER_SITUATION)
