"""Handing mail over by SMTP (RFC 5321), with the moment of handing over as late as the protocol allows.

A server takes charge of a message when it gets the line with the final dot; a connection that ends before
that leaves nothing behind (RFC 5321, 3.8). So everything else comes first: the connection, sender,
recipient, the message itself. Then the message counts as handed over, and only then goes the dot. From
there until the server's answer nobody can know whether it has the message.
"""

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from services.notifications.domain.states import Answer, Outcome
from services.notifications.mail.compose import Mail
from services.notifications.settings import MailSettings

_END = b".\r\n"
_LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")
_LONGEST_ANSWER = 200
_GO_AHEAD = frozenset({354})
_OK = frozenset({250, 251})
_GOING_AWAY = 421
# One that has been idle for longer, in seconds, may be gone without our hearing of it: to find that out
# would take a time-out.
_IDLE = 30.0


class Connection:
    """A connection to the mail server, opened when first needed and used for message after message.

    ``away`` tells that the server could not be reached, or did not take anything from us, last time. Not thread-safe.
    """

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None
        self._used_at = 0.0
        self.away = False

    def carry(self, mail: Mail, hand_over: Callable[[], bool]) -> Answer | None:
        """Offer ``mail`` to the server; None when ``hand_over`` forbade it at the last moment.

        ``hand_over`` is called once the server has everything but the final dot.
        """
        if time.monotonic() > self._used_at + _IDLE:
            self._drop()
        try:
            return self._carry(mail, hand_over)
        finally:
            self._used_at = time.monotonic()

    def _carry(self, mail: Mail, hand_over: Callable[[], bool]) -> Answer | None:
        offered = self._offer(mail)
        if isinstance(offered, Answer):
            return offered
        try:
            allowed = hand_over()
        except BaseException:
            self._drop()
            raise
        if not allowed:
            self._drop()
            return None
        return self._finish(offered)

    def close(self) -> None:
        if self._smtp is not None:
            with suppress(OSError):
                self._smtp.quit()
        self._drop()

    def _offer(self, mail: Mail) -> smtplib.SMTP | Answer:
        """All but the final dot: the connection that awaits it, or the answer of a server that refused."""
        reused = self._smtp is not None
        try:
            smtp = self._connected()
            code, text = smtp.mail(mail.sender)
            if code == _GOING_AWAY and reused:
                # It takes so many messages over one connection, and no more.
                self._drop()
                return self._offer(mail)
            if code not in _OK:
                # It is we who are refused, as we would be with any other message: that says nothing of this one.
                self._reset(code)
                self.away = True
                return Answer(Outcome.DEFERRED, code, _masked(text))
            self.away = False
            for (code, text), good in _ask(smtp, mail):
                if code not in good:
                    self._reset(code)
                    return _refusal(code, text)
            smtp.send(_LINE_WITH_DOT.sub(b"..", mail.content))
        except OSError as error:  # smtplib's own errors are among them
            self._drop()
            if reused:
                # Servers close connections that have had enough; a new one is owed a try.
                return self._offer(mail)
            self.away = True
            return _no_conversation(error)
        return smtp

    def _finish(self, smtp: smtplib.SMTP) -> Answer:
        try:
            self._wait_at_most(self._settings.answer_timeout)
            smtp.send(_END)
            code, text = smtp.getreply()
            self._wait_at_most(self._settings.timeout)
        except OSError as error:
            self._drop()
            return Answer(Outcome.UNANSWERED, text=type(error).__name__)
        if code in _OK:
            return Answer(Outcome.ACCEPTED, code, _masked(text))
        self._reset(code)
        return _refusal(code, text)

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _connect(self._settings)
        return self._smtp

    def _wait_at_most(self, seconds: float) -> None:
        if self._smtp is not None and self._smtp.sock is not None:
            self._smtp.sock.settimeout(seconds)

    def _reset(self, code: int) -> None:
        """Make the connection ready for another message after a refusal, or do without it."""
        if self._smtp is None:
            return
        try:
            if code == _GOING_AWAY or self._smtp.rset()[0] not in _OK:
                self._drop()
        except OSError:
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _connect(settings: MailSettings) -> smtplib.SMTP:
    """A connection ready for a message.

    Raises:
        OSError: the server is away, or refuses us.
    """
    server = settings.server
    # Said in the greeting; left to itself smtplib asks the name server who we are, which can take seconds.
    name = settings.sender.domain
    smtp: smtplib.SMTP
    if server.tls == "implicit":
        smtp = smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=name,
            timeout=settings.timeout,
            context=ssl.create_default_context(),
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=settings.timeout)
    try:
        if smtp.sock is not None:
            # The final dot is a small packet behind a large one: it must not wait for an acknowledgement.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            smtp.starttls(context=ssl.create_default_context())
            # What the server heard before is forgotten (RFC 3207, 4.2).
            smtp.ehlo_or_helo_if_needed()
        if server.user is not None:
            smtp.login(server.user, server.password)
    except OSError:
        smtp.close()
        raise
    return smtp


def _ask(smtp: smtplib.SMTP, mail: Mail) -> Iterator[tuple[tuple[int, bytes], frozenset[int]]]:
    """The questions about a message, each with its answer and the codes that mean yes."""
    yield smtp.rcpt(mail.recipient), _OK
    yield smtp.docmd("data"), _GO_AHEAD


def _refusal(code: int, text: bytes) -> Answer:
    """Only a 5xx is for good; what is no proper answer at all is worth another try."""
    outcome = Outcome.REFUSED if 500 <= code < 600 else Outcome.DEFERRED
    return Answer(outcome, code, _masked(text))


def _no_conversation(error: OSError) -> Answer:
    """The server is away or does not talk to us: that says nothing about the message."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said if isinstance(said, bytes) else str(said).encode()
        return Answer(Outcome.DEFERRED, error.smtp_code, _masked(text))
    return Answer(Outcome.DEFERRED, text=type(error).__name__)


def _masked(answer: bytes) -> str:
    text = " ".join(answer.decode("ascii", "replace").split())
    printable = "".join(character for character in text if character.isprintable())
    return _ADDRESS.sub("…@…", printable)[:_LONGEST_ANSWER]
