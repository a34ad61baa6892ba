"""What each indicator gives away of people, and which may leave the staff's hands at all."""

from collections.abc import Mapping

# The counts of people that an indicator is made of or tells of: it is withheld wherever one of them is.
# Nothing for what is about the place alone. Indicators that are not named here are for staff.
DISCLOSED: Mapping[str, tuple[str, ...]] = {
    "registrations": ("registrations",),
    "confirmed": ("confirmed",),
    "waitlisted": ("waitlisted",),
    "cancelled": ("cancelled",),
    "refused": ("refused",),
    "people": ("registrations",),
    "attended": ("attended",),
    "people_attended": ("came",),
    "attended_hours": ("attended",),
    "no_show_rate": ("absent", "expected"),
    "satisfaction": ("feedback_count",),
    "feedback_count": ("feedback_count",),
    "outcomes": ("outcomes",),
    "outcomes_reached": ("outcomes_reached",),
    "sessions": (),
    "sessions_cancelled": (),
    "sessions_too_few": (),
    "sessions_below_minimum": (),
    "cohorts": (),
    "cohorts_formed": (),
    "meetings": (),
    "meetings_held": (),
    "hours": (),
    "seats": (),
    "fill_rate": ("confirmed",),
    "running_cost": (),
    "written_off": (),
    "cost_per_person": ("came",),
    "written_off_per_person": ("came",),
    "cost_per_attended_hour": ("attended",),
    "written_off_per_attended_hour": ("attended",),
    "cost_per_session": (),
    "written_off_per_session": (),
}
