"""A Celery application as every service uses it, each setting with its reason."""

from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue


def events_queue(service: str) -> str:
    """Where batches of events for ``service`` are sent, directly: never over a fanout exchange."""
    return f"{service}.events"


def jobs_queue(service: str) -> str:
    """Where ``service`` sends its own jobs and ticks, so that a long one never delays events."""
    return f"{service}.jobs"


def receive_task(service: str) -> str:
    return f"{service}.receive"


def catch_up_task(service: str) -> str:
    return f"{service}.catch_up"


def make_celery(service: str, broker_url: str | None = None) -> Celery:
    """The Celery application of ``service``; without a broker address it is set at start-up."""
    app = Celery(service, broker=broker_url, set_as_current=False)
    app.conf.update(
        # Kombu's own would let a worker go deaf when the broker is away at the wrong moment.
        broker_transport="shared.messaging.transport:Transport",
        # Only JSON is read: what arrives on a queue can never be code.
        accept_content=["json"],
        task_serializer="json",
        # Rows hold results; nobody reads Celery's.
        task_ignore_result=True,
        result_backend=None,
        # A task counts as done when it is done, also when its process is killed halfway.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        # One at a time: a busy worker must not sit on what an idle one could do.
        worker_prefetch_multiplier=1,
        # Direct queues only (fanout on Redis loses messages).
        task_queues=[
            Queue(name, Exchange(service, type="direct"), routing_key=name)
            for name in (events_queue(service), jobs_queue(service))
        ],
        task_default_queue=jobs_queue(service),
        task_create_missing_queues=True,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        event_queue_expires=60,
        broker_transport_options={
            # Must exceed the longest task. Longer waits are rows with a due_at, never an ETA.
            "visibility_timeout": 3600,
            "socket_timeout": 10,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "retry_on_timeout": True,
            "health_check_interval": 10,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
        # The sender decides what to do without a broker; rows and the catch-up make waiting needless.
        task_publish_retry=False,
        # A stop puts a long task back in the queue rather than leave it unacknowledged.
        worker_soft_shutdown_timeout=10,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        enable_utc=True,
        timezone="UTC",
    )
    return app


def send(app: Celery, task: str, *args: Any, queue: str, expires: float | None = None) -> None:
    """Put one task into ``queue``. Raises kombu's ``OperationalError`` when the broker is away."""
    app.send_task(
        task,
        args=args,
        queue=queue,
        expires=expires,
        ignore_result=True,
        # What Celery would repeat in its logs: events may hold names.
        argsrepr="(…)",
        kwargsrepr="{}",
    )
