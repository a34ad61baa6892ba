"""Notifications: everyone is told what concerns them, once, in time, in words they read.

Owns the messages with their states and every attempt to hand them over, and a copy of what it needs
to write them: contacts, sessions, who is registered for what. Says ``notification.sent`` and
``notification.failed``. Listens to registrations: ``participant.contact_changed``, ``session.*`` and
``registration.*``, ``referral.*``.
"""
