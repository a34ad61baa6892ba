"""The use cases: plain functions that know neither HTTP nor Celery."""
