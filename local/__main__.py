"""``python -m local``: what ``./arceaux`` hands over to."""

from __future__ import annotations

import sys

import click

from local.commands import cli
from local.errors import Failure


def main() -> None:
    """Runs one command; whatever can be foreseen to fail ends in one line and exit code 1."""
    try:
        cli.main(prog_name="./arceaux", standalone_mode=False)
    except Failure as failure:
        print(f"arceaux: {failure.message}", file=sys.stderr)
        for line in failure.details:
            print(f"    {line}", file=sys.stderr)
        sys.exit(1)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        command = (
            error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
        )
        hint = f" (see {command} --help)" if command else ""
        print(f"arceaux: {error.format_message().rstrip('.')}{hint}", file=sys.stderr)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        print("arceaux: interrupted", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"arceaux: {error.strerror or error}{where}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
