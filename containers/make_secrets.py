"""Makes the secrets that are not there yet: ``python -m containers.make_secrets FOLDER``.

Each container is given the one sub-folder that is its own. Files there are readable for everyone, because
the servers run under numbers of their own; the folder above is closed, so on the machine only its owner
gets that far. Whoever wants other secrets puts files of these names there beforehand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from local.folder import SERVICES, new_password
from local.keys import new_private_key


def make_secrets(folder: Path) -> list[str]:
    """Write what is missing below ``folder``; the names of the files that were made."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    made: list[str] = []

    def secret(name: str, text: str) -> str:
        file = folder / name
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.parent.chmod(0o755)
            draft = file.with_name(f".{file.name}")
            draft.write_text(f"{text.strip()}\n")
            draft.chmod(0o444)
            draft.replace(file)
            made.append(name)
        return file.read_text().strip()

    broker = secret("broker/password", new_password())
    secret("broker/password.conf", f"requirepass {broker}")
    for service in SERVICES:
        secret(f"{service}-db/superuser-password", new_password())
        password = secret(f"{service}-db/password", new_password())
        secret(
            f"{service}/database-url", f"postgresql://{service}:{password}@{service}-db/{service}"
        )
        secret(f"{service}/broker-url", f"redis://:{broker}@broker:6379/0")
        secret(f"{service}/signing-key.pem", new_private_key())
    return made


if __name__ == "__main__":
    for name in make_secrets(Path(sys.argv[1])):
        print(f"made {name}")
