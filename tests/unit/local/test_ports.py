"""Which ports are chosen, and what is said of one that is taken."""

import os
import socket
import subprocess
import sys
import threading

import pytest

from local import ports, processes, trial
from local.errors import Failure

# A server whose first thread has ended and whose other one has not, as a process that is killed is for a moment.
_ALL_BUT_DEAD = """
import ctypes, os, socket, sys, threading
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
def linger():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=linger).start()
ctypes.CDLL(None).pthread_exit(None)
"""


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


def test_a_port_is_awaited_that_a_process_holds_of_which_nothing_else_is_left():
    port = ports.free()
    command = [sys.executable, "-c", _ALL_BUT_DEAD, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as dying:
        trial.until(lambda: processes.started(dying.pid) is None, "the process to look dead")
        assert not ports.is_free(port)
        threading.Timer(0.2, dying.stdin.close).start()

        ports.await_free([port], seconds=30)

        assert ports.is_free(port)


def test_a_port_that_a_stranger_holds_is_not_awaited_for_ever():
    with socket.create_server((ports.LOOPBACK, 0)) as stranger:
        port = stranger.getsockname()[1]
        ports.await_free([port], seconds=0.05)
        assert not ports.is_free(port)
