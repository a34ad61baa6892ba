"""Reporting: what the place did, in figures and reports, for its managers, the City and its funders.

Owns the facts (projections of what the others tell, rebuilt at will), the report jobs and their files.
Says ``report.ready``. Listens to every ``session.*``, ``registration.*`` and ``attendance.*``, to ``feedback.*`` and
``notification.*``, to merges and erasures; to nothing that holds a name or a contact: it knows people
by pseudonym (``participant_id``) and coarse attributes alone.
"""
