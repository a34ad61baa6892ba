"""Kombu's Redis transport, without the one way in which it lets a worker go deaf.

A worker takes as many messages as it has places for. When a task ends while the broker is away, its
acknowledgement fails; kombu 5.7 then keeps the message's place taken. Once every place is lost so, the
worker never asks for anything again, and nothing tells it: it waits on no connection that could break.
"""

from kombu.transport import redis, virtual


class PlacesThatAreFreed(redis.QoS):
    """Frees a message's place also when the broker did not hear that it was done.

    The broker keeps such a message and gives it out once more when its ``visibility_timeout`` is over,
    which receivers (by their cursor) and jobs (by their row's state) take as the duplicate it is.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]  # kombu has no types
        except redis.Transport.connection_errors:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    QoS = PlacesThatAreFreed


class Transport(redis.Transport):
    Channel = Channel
