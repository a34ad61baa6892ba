"""The arches: a fact is logged with the rows it is about, relayed in order, and received exactly once in effect.

::

    operation → log.append ─┐ one transaction
    rows ───────────────────┘
         relay: gives positions, sends each subscriber's queue one Celery task per batch
         receiver: cursor → handlers → rows, one transaction; a gap is fetched from the source's feed
"""
