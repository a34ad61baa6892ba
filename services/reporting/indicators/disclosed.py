"""What each indicator gives away of people, and which may leave the staff's hands at all."""

from collections.abc import Mapping

# The counts of people that an indicator is made of or tells of: it is withheld wherever one of them is.
# Nothing for what is about the place alone. Indicators that are not named here are for staff. ``people`` and
# ``people_attended`` are counts of different people, which do not add up: see ``operations.published``.
DISCLOSED: Mapping[str, tuple[str, ...]] = {
    "registrations": ("registrations",),
    "confirmed": ("confirmed",),
    "waitlisted": ("waitlisted",),
    "cancelled": ("cancelled",),
    "refused": ("refused",),
    "people": ("registrations", "people"),
    "attended": ("attended",),
    "people_attended": ("came", "people_attended"),
    # Hours grow with each meeting that somebody comes to, though they count as attended once.
    "attended_hours": ("attended", "present"),
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
    "cost_per_person": ("came", "people_attended"),
    "written_off_per_person": ("came", "people_attended"),
    "cost_per_attended_hour": ("attended", "present"),
    "written_off_per_attended_hour": ("attended", "present"),
    "cost_per_session": (),
    "written_off_per_session": (),
}
