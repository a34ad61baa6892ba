"""The words of messages, as managers change them: every version kept, who wrote it and when."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.kinds import TO_STAFF, Kind
from services.notifications.domain.languages import LANGUAGES, STAFF_LANGUAGES
from services.notifications.domain.written import Written
from services.notifications.models import TemplateVersion
from services.notifications.refusals import TemplateChanged, TemplateNotFound
from services.notifications.rendering.trial import check
from services.notifications.rendering.written import shipped

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of message in one language: its words at some version."""

    kind: Kind
    language: str
    version: int
    written: Written
    is_shipped: bool
    restored_from: int | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None
    failures: int = 0


def template_of(name: str, language: str) -> tuple[Kind, str]:
    """The kind called ``name``, if it is written in ``language``.

    Raises:
        TemplateNotFound.
    """
    if name not in [*Kind] or language not in _languages_of(Kind(name)):
        raise TemplateNotFound
    return Kind(name), language


def list_templates(transaction: Transaction) -> list[Template]:
    """Every kind in every language that it is written in, at its present version. One statement."""
    latest = {(one.kind, one.language): one for one in transaction.scalars(_latest())}
    return [
        _as_template(kind, language, latest.get((kind, language)))
        for kind in Kind
        for language in _languages_of(kind)
    ]


def find_template(transaction: Transaction, kind: Kind, language: str) -> Template:
    """A template at its present version."""
    of_it = _latest().where(TemplateVersion.kind == kind, TemplateVersion.language == language)
    return _as_template(kind, language, transaction.scalar(of_it))


def list_versions(transaction: Transaction, kind: Kind, language: str) -> list[Template]:
    """Every version of a template, the newest first, down to the shipped one (0)."""
    rows = transaction.scalars(
        select(TemplateVersion)
        .where(TemplateVersion.kind == kind, TemplateVersion.language == language)
        .order_by(TemplateVersion.version.desc())
    )
    return [
        *(_as_template(kind, language, row) for row in rows),
        _as_template(kind, language, None),
    ]


def change(
    transaction: Transaction,
    kind: Kind,
    language: str,
    written: Written,
    *,
    based_on: int,
    by: str,
) -> Template:
    """Make ``written`` the words of a template from now on; ``based_on`` is the version it was made from.

    Few words that are those shipped stay those, whatever they become.

    Raises:
        UnusableWords: the words may not be used, or lack something.
        TemplateChanged: that is not the present version any more.
    """
    check(kind, language, written)
    if written.short == shipped(kind, language).short:
        written = replace(written, short=None)
    return _add(transaction, kind, language, written, based_on=based_on, restored_from=None, by=by)


def restore(
    transaction: Transaction,
    kind: Kind,
    language: str,
    version: int,
    *,
    based_on: int,
    by: str,
) -> Template:
    """Take an earlier version back, as a new one; 0 are the words that are shipped, whatever they become.

    Raises:
        TemplateNotFound: there is no such version.
        UnusableWords: that version's words may not be used any more.
        TemplateChanged: ``based_on`` is not the present version any more.
    """
    earlier = None
    if version:
        row = transaction.get(TemplateVersion, (kind, language, version))
        if row is None:
            raise TemplateNotFound
        earlier = _written_in(row)
    if earlier is not None:
        check(kind, language, earlier)
    return _add(
        transaction, kind, language, earlier, based_on=based_on, restored_from=version, by=by
    )


def words_for(
    transaction: Transaction, wanted: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], Written]:
    """What managers wrote, by kind and language, for those ``wanted``. One statement."""
    rows = transaction.scalars(
        _latest().where(tuple_(TemplateVersion.kind, TemplateVersion.language).in_(wanted))
    )
    found = {(row.kind, row.language): _written_in(row) for row in rows}
    return {key: written for key, written in found.items() if written is not None}


def note_failure(transaction: Transaction, kind: str, language: str, message_id: UUID) -> None:
    """Remember that a manager's words failed, and a message goes out in the shipped ones."""
    log.warning(
        "words_failed", extra={"kind": kind, "language": language, "notification": str(message_id)}
    )
    newest = (
        select(func.max(TemplateVersion.version))
        .where(TemplateVersion.kind == kind, TemplateVersion.language == language)
        .scalar_subquery()
    )
    transaction.execute(
        update(TemplateVersion)
        .where(
            TemplateVersion.kind == kind,
            TemplateVersion.language == language,
            TemplateVersion.version == newest,
        )
        .values(failures=TemplateVersion.failures + 1)
        .execution_options(synchronize_session=False)
    )


def _languages_of(kind: Kind) -> Sequence[str]:
    return STAFF_LANGUAGES if kind in TO_STAFF else LANGUAGES


def _latest() -> Select[TemplateVersion]:
    return (
        select(TemplateVersion)
        .ext(distinct_on(TemplateVersion.kind, TemplateVersion.language))
        .order_by(TemplateVersion.kind, TemplateVersion.language, TemplateVersion.version.desc())
    )


def _add(
    transaction: Transaction,
    kind: Kind,
    language: str,
    written: Written | None,
    *,
    based_on: int,
    restored_from: int | None,
    by: str,
) -> Template:
    """The next version; whoever else adds the same one at the same time comes too late."""
    if find_template(transaction, kind, language).version != based_on:
        raise TemplateChanged
    added = transaction.scalar(
        insert(TemplateVersion)
        .values(
            kind=kind,
            language=language,
            version=based_on + 1,
            subject=written and written.subject,
            words=written and written.words,
            short=written and written.short,
            restored_from=restored_from,
            changed_by=by,
        )
        .on_conflict_do_nothing()
        .returning(TemplateVersion)
    )
    if added is None:
        raise TemplateChanged
    return _as_template(kind, language, added)


def _written_in(row: TemplateVersion) -> Written | None:
    if row.subject is None or row.words is None:
        return None
    return Written(row.subject, row.words, row.short)


def _as_template(kind: Kind, language: str, row: TemplateVersion | None) -> Template:
    own = None if row is None else _written_in(row)
    as_shipped = shipped(kind, language)
    written = own or as_shipped
    if written.short is None:
        written = replace(written, short=as_shipped.short)
    if row is None:
        return Template(kind, language, 0, written, is_shipped=True)
    return Template(
        kind,
        language,
        row.version,
        written,
        is_shipped=own is None,
        restored_from=row.restored_from,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        failures=row.failures,
    )
