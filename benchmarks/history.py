"""What years of history cost: listing, registering and searching, with a million registrations and with none."""

import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from benchmarks._load import Load, get_all, post_all
from benchmarks._server import serving, signing_key
from local import trial
from services.registrations.domain import fold
from shared.auth import SigningKey
from shared.migrations import migrate

_APP = "services.registrations.app:create_app"
_REGISTRATIONS = 1_000_000
_ROUNDS = 7
_REQUESTS = 150
_UPCOMING = 200

# What is offered now: the same whatever came before.
_OFFER = """
INSERT INTO organisation (code, name) VALUES ('bench', 'Bench');
INSERT INTO place (code, name) VALUES ('bench', 'Bench');
INSERT INTO programme (code, name) VALUES ('bench', 'Bench');
INSERT INTO activity (id, title, organisation_code, programme_code, search_text)
    SELECT gen_random_uuid(), 'Atelier ' || n, 'bench', 'bench', 'atelier ' || n
    FROM generate_series(1, 50) AS n;
WITH made AS (
    INSERT INTO session (id, activity_id, place_code, status, capacity, opens_at, closes_at,
        starts_at, ends_at)
    SELECT gen_random_uuid(), (SELECT id FROM activity ORDER BY id OFFSET n %% 50 LIMIT 1), 'bench',
        'published', 100000, now() - interval '1 day', day, day, day + interval '2 hours'
    FROM (SELECT n, now() + interval '1 day' + n * interval '3 hours' AS day
          FROM generate_series(1, %(upcoming)s) AS n) AS days
    RETURNING id, starts_at, ends_at)
INSERT INTO meeting (id, session_id, starts_at, ends_at)
    SELECT gen_random_uuid(), id, starts_at, ends_at FROM made;
"""
# Ten years of it: sessions of some seventeen people, one in five never closed by anyone, and people who
# came some seven times each. What was told of it is in the log.
_HISTORY = """
WITH made AS (
    INSERT INTO session (id, activity_id, place_code, status, capacity, opens_at, closes_at,
        starts_at, ends_at, accepted, confirmed)
    SELECT gen_random_uuid(), (SELECT id FROM activity ORDER BY id OFFSET n %% 50 LIMIT 1), 'bench',
        CASE n %% 5 WHEN 0 THEN 'published' ELSE 'closed' END, 20, day - interval '30 days', day, day,
        day + interval '2 hours', 17, 17
    FROM (SELECT n, now() - n * (interval '87600 hours' / %(sessions)s) AS day
          FROM generate_series(1, %(sessions)s) AS n) AS days
    RETURNING id, starts_at, ends_at)
INSERT INTO meeting (id, session_id, starts_at, ends_at)
    SELECT gen_random_uuid(), id, starts_at, ends_at FROM made;
INSERT INTO participant (id, given_name, family_name, name_key, email, phone, birth_year, access_key,
    created_at, last_contact_at)
    SELECT gen_random_uuid(), given, family,
        (%(given_keys)s::text[])[given_at] || '|' || (%(family_keys)s::text[])[family_at],
        CASE WHEN n %% 3 > 0 THEN lower(given) || '.' || lower(family) || '.' || n || '@example.org' END,
        CASE WHEN n %% 4 = 0 THEN '+336' || lpad(n::text, 8, '0') END, 1930 + n %% 90, md5(n::text),
        now() - (n %% 3650) * interval '1 day', now() - (n %% 700) * interval '1 day'
    FROM (SELECT n, given_at, family_at, (%(given)s::text[])[given_at] AS given,
              (%(family)s::text[])[family_at] AS family
          FROM (SELECT n,
                    1 + floor(%(givens)s * power(hashint4(n) / 4294967296.0 + 0.5, 1.5))::int AS given_at,
                    1 + floor(%(families)s * power(hashint4(-n) / 4294967296.0 + 0.5, 1.5))::int AS family_at
                FROM generate_series(1, %(people)s) AS n) AS places) AS people;
CREATE TEMPORARY TABLE past AS
    SELECT id, row_number() OVER (ORDER BY starts_at) - 1 AS n FROM session WHERE ends_at < now();
CREATE TEMPORARY TABLE person AS
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM participant;
CREATE UNIQUE INDEX ON past (n);
CREATE UNIQUE INDEX ON person (n);
ANALYZE past, person;
INSERT INTO registration (id, session_id, participant_id, party_id, status, rank, short_code)
    SELECT made, past.id, person.id, made, 'confirmed', 1 + ids.n / %(sessions)s, ids.n
    FROM (SELECT n, gen_random_uuid() AS made FROM generate_series(0, %(registrations)s - 1) AS n) AS ids
    JOIN past ON past.n = ids.n %% %(sessions)s
    JOIN person ON person.n = ids.n %% %(people)s;
INSERT INTO event_log (event_id, type, version, subject, traceparent, data, position)
    SELECT gen_random_uuid(), 'registration.confirmed', 1, id::text, NULL,
        jsonb_build_object('registration_id', id, 'session_id', session_id,
            'participant_id', participant_id, 'previous', NULL, 'by', 'participant',
            'person', jsonb_build_object('age_band', NULL, 'district', NULL, 'situations', '[]'::jsonb)),
        row_number() OVER (ORDER BY id)
    FROM registration;
"""


def _names(known: Sequence[str], how_many: int) -> list[str]:
    """``known`` names, then others made of syllables: as many, and as unlike one another, as a town's."""
    syllables = (
        "ba",
        "len",
        "cou",
        "dri",
        "fer",
        "gau",
        "ril",
        "mon",
        "nac",
        "per",
        "quin",
        "sa",
        "tou",
        "vil",
        "zer",
    )
    made = (
        "".join(parts).capitalize()
        for length in (2, 3)
        for parts in product(syllables, repeat=length)
    )
    return [*known, *islice(made, how_many - len(known))]


# The commoner a name, the earlier it stands: with these numbers the first are borne by 2 % and by 0.5 % of people,
# as the commonest given name and family name are in France.
_GIVEN = _names(
    ("Jean", "Marie", "Fatou", "Aïcha", "Hélène", "Driss", "Chloé", "Émile", "Inès", "Gaël", "Ada"),
    300,
)
_FAMILY = _names(
    ("Martin", "Bernard", "Petit", "Durand", "Moreau", "Garcia", "Benali", "Lefèvre", "Roux"), 3000
)
_SEARCHED = 10


@dataclass(frozen=True, slots=True)
class _Bench:
    """A served place, and what is asked of it."""

    port: int
    token: str
    sessions: Sequence[str]

    def run(self) -> dict[str, Load]:
        # Common names and rare ones, typed right, typed wrong, and by the family or the given name alone.
        families = [*_FAMILY[:_SEARCHED], *_FAMILY[-_SEARCHED:]]
        pairs = list(zip(_GIVEN[:_SEARCHED] * 2, families, strict=True))
        names = [f"{given} {family}" for given, family in pairs]
        names += [f"{given} {family[:2]}{family[3:]}" for given, family in pairs]
        names += [*families, *_GIVEN[:_SEARCHED]]
        searches = [f"/v1/participants?q={quote(name)}&limit=20" for name in names]
        return {
            "listing": self._get(["/v1/sessions?limit=50"] * _REQUESTS),
            "listing_by_words": self._get(["/v1/sessions?q=atelier+7&open=true"] * _REQUESTS),
            "post": post_all(self.port, "/v1/registrations", self._bodies(), concurrency=4),
            "person_search": self._get(searches, token=self.token),
        }

    def _get(self, paths: Sequence[str], token: str | None = None) -> Load:
        return get_all(self.port, paths, concurrency=4, token=token)

    def _bodies(self) -> list[dict[str, Any]]:
        return [
            {
                "session_id": self.sessions[n % len(self.sessions)],
                "participant": {
                    "given_name": "Nouvelle",
                    "family_name": f"Personne {(number := next(_people))}",
                    "email": f"personne{number}@example.org",
                },
            }
            for n in range(_REQUESTS)
        ]


_people = iter(range(10**9))


def main(registrations: int = _REGISTRATIONS) -> None:
    """Print the times and their ratios as one JSON line; progress goes to standard error.

    Two places side by side, asked in turn: what else the machine does meanwhile slows both.
    """
    with (
        tempfile.TemporaryDirectory(prefix="arceaux-bench-") as folder,
        trial.platform(Path(folder) / "data", only="servers") as servers,
    ):
        key = signing_key(folder)
        # Another service's database does as well as one's own for a place without a past.
        urls = {"with": servers.urls["registrations_db"], "without": servers.urls["reporting_db"]}
        for url in urls.values():
            migrate("registrations", url)
            _execute(url, _OFFER, upcoming=_UPCOMING)
        _say(f"making {registrations} registrations of history")
        _make_history(urls["with"], registrations)
        with (
            serving(_APP, urls["with"], folder) as busy,
            serving(_APP, urls["without"], folder) as new,
        ):
            ports = {"with": busy, "without": new}
            benches = {
                name: _Bench(ports[name], _token(key), _upcoming(urls[name])) for name in urls
            }
            rounds = [_round(benches, turn) for turn in range(1 + _ROUNDS)]
    # The first is for warming up.
    figures = {name: _figures([one[name] for one in rounds[1:]]) for name in benches}
    ratios = {
        name: round(figure["p50_ms"] / figures["without"][name]["p50_ms"], 2)
        for name, figure in figures["with"].items()
    }
    print(
        json.dumps(
            {
                "benchmark": "history",
                "registrations": registrations,
                "limit": "the same requests to a place without history; at most 1.5 times its time",
                "ratio": ratios,
                "worst": max(ratios.values()),
                **figures,
            }
        )
    )


def _round(benches: Mapping[str, _Bench], turn: int) -> dict[str, dict[str, Load]]:
    loads = {name: bench.run() for name, bench in benches.items()}
    for name, asked in loads.items():
        said = {what: (load.percentile(0.5), load.statuses) for what, load in asked.items()}
        _say(f"{turn}/{_ROUNDS} {name}: {said}")
    return loads


def _figures(rounds: Sequence[Mapping[str, Load]]) -> dict[str, dict[str, float]]:
    """Of each request the medians over the rounds, in milliseconds."""
    return {
        what: {
            f"p{share}_ms": statistics.median(
                loads[what].percentile(share / 100) for loads in rounds
            )
            for share in (50, 95)
        }
        for what in rounds[0]
    }


def _make_history(url: str, registrations: int) -> None:
    _execute(
        url,
        _HISTORY,
        registrations=registrations,
        sessions=registrations // 17,
        people=registrations // 7,
        given=list(_GIVEN),
        givens=len(_GIVEN),
        family=list(_FAMILY),
        families=len(_FAMILY),
        given_keys=[fold(name) for name in _GIVEN],
        family_keys=[fold(name) for name in _FAMILY],
    )
    with psycopg.connect(url, autocommit=True) as connection:
        # As autovacuum would have done in the course of years.
        connection.execute("VACUUM ANALYZE")


def _execute(url: str, script: str, **parameters: Any) -> None:
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(script, parameters)


def _upcoming(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT id FROM session WHERE starts_at > now()").fetchall()
    return [str(row[0]) for row in rows]


def _token(key: Path) -> str:
    claims = {"iss": "registrations", "sub": "bench", "role": "adviser"}
    return SigningKey.load(key).sign(claims, seconds=3600)


def _say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
