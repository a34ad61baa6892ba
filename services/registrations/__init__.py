"""Registrations: the offer (places, activities, sessions) and who takes part in it.

Owns the programme, the participants with their contacts, the registrations and what came of them, and
the accounts of staff with the trail of what they did.
Says every ``session.*``, ``registration.*``, ``attendance.*``, ``feedback.*``, ``outcome.recorded``, ``referral.*``
and ``participant.*`` but what the others answer. Listens to these answers: what an erasure removed there.
"""
