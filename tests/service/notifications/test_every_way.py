"""Every kind of message, by every channel, in every language: handed over to what carries it, and read back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pypdf
import pytest
from flask.testing import FlaskClient

from services.notifications.domain.kinds import TO_STAFF, UNSOLICITED, Kind
from services.notifications.domain.languages import LANGUAGES, STAFF_LANGUAGES
from services.notifications.domain.segments import as_sms
from services.notifications.domain.staff import Matter
from services.notifications.models import Notification
from services.notifications.operations.staff import tell_concerned
from services.notifications.rendering.samples import samples
from shared.events.catalogue import (
    ErasureCompleted,
    ParticipantErased,
    ReportReady,
    StaffChanged,
)
from shared.events.short_codes import short_code
from tests.service.notifications.conftest import (
    MailServer,
    Post,
    Registrations,
    meeting,
    soon,
)
from tests.service.notifications.sms import Providers, made_providers
from tests.service.notifications.test_letters import ADDRESS
from tests.service.notifications.test_messages import MANAGEABLE, NOON, bring_about, part
from tests.service.notifications.test_sms import Clock

GREETINGS = {"fr": "Bonjour", "en": "Hello", "es": "Hola", "ar": "مرحب"}
TITLE = "Réparer, c’est gagné"
OF_PARTICIPANTS = [kind for kind in Kind if kind not in TO_STAFF and kind != Kind.ERASURE_RECEIPT]
ABOUT_A_SESSION = set(OF_PARTICIPANTS) - {Kind.REFERRAL_NEWS}
WAYS = [(kind, language) for kind in OF_PARTICIPANTS for language in LANGUAGES]
PROVIDERS = ("gateway", "brevo", "ovh")
# Nothing of these may be left in what a person reads.
UNFINISHED = re.compile(r"\{\{|\}\}|\{%|\bNone\b|Undefined")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A weekday's noon: phones may ring."""
    return Clock(monkeypatch)


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Providers]:
    with made_providers(monkeypatch) as made:
        yield made


Desk = Callable[..., Any]


@pytest.fixture
def desk(client: FlaskClient, bearer: Any) -> Desk:
    """Asks as an adviser who reads French."""

    def ask(method: str, path: str, **options: Any) -> Any:
        headers = bearer("adviser") | {"Accept-Language": "fr"}
        answer = client.open(path, method=method, headers=headers, **options)
        assert answer.status_code == 200, answer.json
        return answer.json

    return ask


def told(
    registrations: Registrations, post: Post, kind: Kind, language: str, **contact: Any
) -> Notification:
    """What tells ``kind`` to a person with ``contact``, as the only message that waits."""
    begins = soon() if kind == Kind.SESSION_MOVED else NOON
    session = registrations.session(title=TITLE, meetings=[meeting(begins)])
    person = registrations.person(language=language, **contact)
    bring_about(registrations, kind, session, person)
    *before, last = post.all()
    assert last.kind == kind
    for one in before:
        post.change(one.id, status="cancelled")
    return last


def languages(element: Any) -> Iterator[str]:
    """Every language that an element of a structure tree, or one within it, says it is in."""
    element = element.get_object()
    if isinstance(element, list):
        for one in element:
            yield from languages(one)
    elif isinstance(element, dict):
        if "/Lang" in element:
            yield str(element["/Lang"])
        if "/K" in element:
            yield from languages(element["/K"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", OF_PARTICIPANTS, ids=str)
def test_by_mail(
    registrations: Registrations, post: Post, mail_server: MailServer, kind: Kind, language: str
) -> None:
    message = told(registrations, post, kind, language)
    post.change(message.id, status="queued", due_at=soon(minutes=-1))
    post.send(message.id)
    mail = mail_server.mail()

    assert mail["Content-Language"] == language
    text, page = part(mail, "plain"), part(mail, "html")
    assert GREETINGS[language] in text
    assert f'lang="{language}"' in page
    assert ('dir="rtl"' in page) == (language == "ar")
    assert not UNFINISHED.search(text + page + mail["Subject"])
    assert (TITLE in text) == (kind in ABOUT_A_SESSION)
    assert ("http://arceaux.test" in text) >= (kind in MANAGEABLE)
    assert post.all()[-1].status == "sent"


@pytest.mark.parametrize("kind_and_language", WAYS, ids="-".join)
def test_by_sms(
    registrations: Registrations,
    post: Post,
    providers: Providers,
    at: Clock,
    kind_and_language: tuple[Kind, str],
) -> None:
    kind, language = kind_and_language
    # Each provider in its turn carries every language, and most kinds.
    carries = PROVIDERS[WAYS.index(kind_and_language) % len(PROVIDERS)]
    providers.use(carries)
    message = told(registrations, post, kind, language, email=None, phone="+33612345678")
    post.change(message.id, status="queued", due_at=at.moment)
    post.send(message.id)
    (text,) = providers.texts()
    assert len(getattr(providers, carries).posted()) == 1

    assert not UNFINISHED.search(text)
    assert "\n" not in text
    assert (re.search("[\u0600-\u06ff]", text) is not None) == (language == "ar")
    assert as_sms(text).segments <= 5
    assert post.all()[-1].status == "sent"


@pytest.mark.parametrize("phone", ["+33467123456", None], ids=["call", "desk"])
@pytest.mark.parametrize("kind_and_language", WAYS, ids="-".join)
def test_by_word_of_mouth(
    registrations: Registrations,
    post: Post,
    desk: Desk,
    kind_and_language: tuple[Kind, str],
    phone: str | None,
) -> None:
    kind, language = kind_and_language
    message = told(registrations, post, kind, language, email=None, phone=phone)
    if kind in UNSOLICITED:
        assert message.status in {"suppressed", "scheduled"}, "nobody is called for it"
        return
    path = "/v1/calls" if phone else f"/v1/desk?participant={message.participant_id}"
    (item,) = [one for one in desk("GET", path)["items"] if one["id"] == str(message.id)]

    assert item["language"] == language
    for said in (item["words"], item["meaning"]):
        assert not UNFINISHED.search(said)
        assert "http" not in said, "nobody reads an address aloud"
    assert (re.search("[\u0600-\u06ff]", item["words"]) is not None) == (language == "ar")
    assert (item["words"] == item["meaning"]) == (language == "fr")
    assert ("Réparer" in item["words"]) == (kind in ABOUT_A_SESSION)
    if phone:
        reached = {"outcome": "reached", "tries": 0, "besides": item["besides"]}
        desk("POST", f"/v1/calls/{message.id}", json=reached)
    else:
        desk("POST", f"/v1/desk/{message.id}/handed-over")
    assert post.all()[-1].status == "sent"


@pytest.mark.parametrize("kind_and_language", WAYS, ids="-".join)
def test_by_letter(
    registrations: Registrations,
    post: Post,
    client: FlaskClient,
    bearer: Any,
    kind_and_language: tuple[Kind, str],
) -> None:
    kind, language = kind_and_language
    message = told(
        registrations, post, kind, language, email=None, phone=None, postal_address=ADDRESS
    )
    if kind in UNSOLICITED:
        assert message.status in {"suppressed", "scheduled"}, "nobody writes a letter for it"
        return
    assert (message.channel, message.status) == ("letter", "to-print")
    answer = client.get("/v1/letters.pdf?status=to-print", headers=bearer("adviser"))
    document = pypdf.PdfReader(io.BytesIO(answer.data))
    root = document.trailer["/Root"]
    text = " ".join(page.extract_text() for page in document.pages)

    # The file is for staff; each letter in it says its own language.
    assert root["/MarkInfo"]["/Marked"]
    assert language in {*languages(root["/StructTreeRoot"]), root["/Lang"]}
    assert document.metadata is not None
    assert document.metadata.title
    assert "Marioge" in text
    assert not UNFINISHED.search(text)
    assert language == "ar" or GREETINGS[language] in text
    if kind in MANAGEABLE and message.registration_id:
        assert short_code("a-secret", message.registration_id) in text


@pytest.mark.parametrize("language", STAFF_LANGUAGES)
@pytest.mark.parametrize("kind", sorted(TO_STAFF), ids=str)
def test_to_staff(
    registrations: Registrations, post: Post, mail_server: MailServer, kind: Kind, language: str
) -> None:
    staff_id = uuid4()
    account = {
        "staff_id": staff_id,
        "name": "Ana",
        "email": "ana@ccas.example",
        "language": language,
        "role": "manager",
        "organisation": None,
        "programmes": [],
        "active": True,
    }
    registrations.tell(StaffChanged.of(**account))
    if kind == Kind.REPORT_READY:
        registrations.tell(
            ReportReady.of(
                job_id=uuid4(), report="bilan", files=[], cause=None, recipients=[staff_id]
            )
        )
    else:
        sample = next(iter(samples(kind, language)))
        session = registrations.session(title=TITLE)
        with registrations.database.transaction() as transaction:
            tell_concerned(
                transaction,
                Matter(kind),
                event_id=uuid4(),
                session_id=session if sample.about.session else None,
                details=dict(sample.about.details),
            )
    post.send()
    mail = mail_server.mail()

    assert mail["Content-Language"] == language
    assert f"{GREETINGS[language]} Ana" in part(mail, "plain")
    assert not UNFINISHED.search(part(mail, "plain") + part(mail, "html") + mail["Subject"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_receipt_of_an_erasure(
    registrations: Registrations, post: Post, mail_server: MailServer, language: str
) -> None:
    person, erasure = registrations.person(language=language), uuid4()
    registrations.tell(
        ParticipantErased.of(
            erasure_id=erasure, participants=[person], registrations=[], on_request=True
        )
    )
    removed = [{"service": "registrations", "what": "registration", "rows": 2}]
    registrations.tell(ErasureCompleted.of(erasure_id=erasure, removed=removed))
    post.send()
    mail = mail_server.mail()

    assert mail["To"] == "amina@example.org"
    assert mail["Content-Language"] == language
    assert GREETINGS[language] in part(mail, "plain")
    assert "Amina" not in part(mail, "plain")
    assert not UNFINISHED.search(part(mail, "plain") + part(mail, "html"))
