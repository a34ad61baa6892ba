"""Which ports are chosen, and what is said of one that is taken."""

import os
import socket

import pytest

from local import ports
from local.errors import Failure


def test_a_port_that_listens_is_not_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not ports.is_free(server.getsockname()[1])


def test_free_ports_lie_below_those_of_outgoing_connections():
    port = ports.free()

    assert 20_000 <= port < 32_000
    assert ports.is_free(port)


def test_defaults_are_those_of_the_contract():
    assert ports.DEFAULTS == {
        "registrations": 8001,
        "notifications": 8002,
        "reporting": 8003,
        "inbox": 8025,
    }


def test_the_environment_chooses():
    port = ports.free()

    chosen = ports.choose(["reporting"], "127.0.0.1", {}, {"ARCEAUX_REPORTING_PORT": str(port)})

    assert chosen == {"reporting": port}


def test_servers_keep_the_port_of_the_last_run():
    port = ports.free()

    assert ports.choose(["postgres"], "127.0.0.1", {"postgres": port}, {}) == {"postgres": port}


def test_a_remembered_port_that_is_taken_is_changed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]

        assert ports.choose(["broker"], "127.0.0.1", {"broker": taken}, {})["broker"] != taken


def test_a_taken_port_says_who_has_it_and_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = str(server.getsockname()[1])
        with pytest.raises(Failure) as caught:
            ports.choose(["smtp"], "127.0.0.1", {}, {"ARCEAUX_SMTP_PORT": taken})

    assert taken in caught.value.message
    assert f"process {os.getpid()}" in caught.value.message
    assert "ARCEAUX_SMTP_PORT" in caught.value.message


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", "²"])
def test_what_is_no_port_is_refused(text):
    with pytest.raises(Failure, match="ARCEAUX_INBOX_PORT"):
        ports.choose(["inbox"], "127.0.0.1", {}, {"ARCEAUX_INBOX_PORT": text})


def test_one_port_cannot_serve_two():
    port = str(ports.free())
    environment = {"ARCEAUX_REGISTRATIONS_PORT": port, "ARCEAUX_REPORTING_PORT": port}

    with pytest.raises(Failure, match="two processes"):
        ports.choose(["registrations", "reporting"], "127.0.0.1", {}, environment)


def test_an_address_of_another_machine_is_refused():
    environment = {"ARCEAUX_INBOX_PORT": str(ports.free())}
    with pytest.raises(Failure):
        ports.choose(["inbox"], "not an address", {}, environment)
