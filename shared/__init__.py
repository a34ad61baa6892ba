"""What every pillar stands on: settings, storage, errors, the web layer and the arches (events and messaging).

Knows no service. Business words appear only in ``shared.events``.
"""
