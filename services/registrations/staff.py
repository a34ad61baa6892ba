"""Invite staff from where the service runs: ``python -m services.registrations.staff invite EMAIL --role ROLE``.

The first manager is made so. It needs nothing but the database, and prints a link that is good once.
"""

import argparse
import getpass
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.registrations.db import database
from services.registrations.operations.staff import accounts, audit
from services.registrations.operations.staff.audit import Actor
from services.registrations.schemas.staff import StaffInvitation
from shared.auth import STAFF_ROLES
from shared.errors import Refusal
from shared.settings import load_settings
from shared.validation import flatten


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    asked = vars(_parser().parse_args(arguments))
    schema = StaffInvitation()
    if wrong := schema.validate(asked):
        return _refused(f"{field}: {message}" for field, message in flatten(wrong))
    settings = load_settings("registrations")
    database.connect(settings.database_url, pool_size=1)
    try:
        secret = _invite(schema.load(asked))
    except Refusal as refusal:
        fields = (f"{field}: {texts[0].en}" for field, texts in refusal.errors.items())
        return _refused(fields if refusal.errors else [refusal.text.en])
    finally:
        database.dispose()
    sys.stdout.write(accounts.invitation_url(settings.public_url, secret) + "\n")
    return 0


def _invite(fields: Mapping[str, Any]) -> str:
    """The secret of a new account's invitation, or of a new one to an account that is there as it was."""
    with database.transaction() as session:
        known = accounts.list_accounts(session, email=fields["email"], after=None, limit=1)
        if known:
            staff, secret = accounts.invite_again(session, known[0].id)
        else:
            staff, secret = accounts.invite(session, **fields)
        operator = Actor(f"local:{_user()}", "operator", None, "command")
        audit.record(session, operator, "invite", "staff", staff.id)
    return secret


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.registrations.staff")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    invite = commands.add_parser(
        "invite", help="make an account, or give one a new link, and print the link"
    )
    invite.add_argument("email", metavar="EMAIL")
    invite.add_argument("--role", required=True, choices=STAFF_ROLES)
    invite.add_argument("--name", help="default: the address before its @")
    invite.add_argument("--organisation", metavar="CODE", help="facilitators are kept to theirs")
    invite.add_argument(
        "--programme",
        dest="programmes",
        metavar="CODE",
        action="append",
        default=[],
        help="a discreet programme whose people they may know of; repeatable",
    )
    return parser


def _refused(messages: Iterable[str]) -> int:
    sys.stderr.write("".join(f"{message}\n" for message in messages))
    return 1


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a number that has no name.
        return "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
