"""Programmes of activities from files: told apart by content, read row by row, loaded in one transaction.

::

    bytes ─ formats ─▶ a document ─ programme │ activity_rows │ icalendar_events ─▶ plan ─ load ─▶ tables, events
                                          └──────── what is wrong, by line ────────┴─▶ report
"""
