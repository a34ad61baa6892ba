"""Alembic's environment for every service: its own tables and those of messaging."""

from alembic import context

from shared.messaging.tables import metadata as messaging

given = context.config.attributes

context.configure(
    connection=given["connection"],
    target_metadata=[given["models"], messaging] if "models" in given else messaging,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
