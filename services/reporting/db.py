"""The reporting service's own database."""

from shared.db import Database

database = Database()
transaction = database.transaction
