"""Editions for others than staff: what they were made of, for later ones to be held against.

What releases were made of is kept in the same form: each atom names what it is a group of.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "reporting_0009"
down_revision = "reporting_0006"
branch_labels = None
depends_on = None

_NAME_GROUPS = """
UPDATE public_release SET counted = jsonb_build_object(
    'people', counted -> 'people',
    'withheld', counted -> 'withheld',
    'of_sessions', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            jsonb_build_array(
                jsonb_build_array('programme', atom -> 0 -> 0),
                jsonb_build_array('organisation', atom -> 0 -> 1),
                jsonb_build_array('theme', atom -> 0 -> 2),
                jsonb_build_array('place', atom -> 0 -> 4),
                jsonb_build_array('month', atom -> 0 -> 3)),
            atom -> 1, atom -> 2)), '[]')
        FROM jsonb_array_elements(counted -> 'by_session') AS atom),
    'of_people', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            coalesce(
                (SELECT jsonb_agg(jsonb_build_array('situation', held) ORDER BY place)
                 FROM jsonb_array_elements(atom -> 0) WITH ORDINALITY AS situation (held, place)),
                '[["situation", null]]'),
            atom -> 1, atom -> 2)), '[]')
        FROM jsonb_array_elements(counted -> 'by_situation') AS atom))
WHERE counted IS NOT NULL
"""


def upgrade() -> None:
    op.add_column(
        "edition",
        sa.Column(
            "counted",
            JSONB(),
            comment="what it was made of if it leaves the staff, for later ones to be held against; never shown",
        ),
    )
    op.execute(_NAME_GROUPS)
