"""A fanout exchange, one thread that consumes and one that publishes."""

import json
import queue
import sys
import threading
import time

import pika

RECONNECT_DELAY = 5.0
PUBLISH_POLL = 0.1
CONSUMER_POLL = 1.0
JOIN_LIMIT = 2.0


class RabbitNetwork:
    def __init__(self, session_id, url):
        self.guid = None
        self._exchange = f"sync_session_{session_id}"
        self._parameters = pika.URLParameters(url)
        self._inbox, self._outbox = queue.Queue(), queue.Queue()
        self._bound, self._stopped = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._forever, args=(loop,), daemon=True) for loop in (self._consume, self._publish)
        ]
        for thread in self._threads:
            thread.start()

    def wait_until_ready(self, timeout):
        return self._bound.wait(timeout)

    def send_payload(self, envelope):
        envelope.setdefault("source_guid", self.guid)
        self._outbox.put(envelope)

    def receive_payloads(self):
        batch = []
        while True:
            try:
                envelope = self._inbox.get_nowait()
            except queue.Empty:
                return batch
            if not isinstance(envelope, dict) or envelope.get("source_guid") != self.guid:
                batch.append(envelope)

    def stop(self, flush_timeout=0.5):
        deadline = time.time() + flush_timeout
        while not self._outbox.empty() and time.time() < deadline:
            time.sleep(0.01)
        self._stopped.set()
        for thread in self._threads:
            thread.join(JOIN_LIMIT)

    def _forever(self, loop):
        while not self._stopped.is_set():
            try:
                loop()
            except Exception as error:  # whatever it was, the reference waits and tries again
                print(f"broker: {error!r}", file=sys.stderr)
                self._stopped.wait(RECONNECT_DELAY)

    def _channel(self):
        connection = pika.BlockingConnection(self._parameters)
        channel = connection.channel()
        channel.exchange_declare(exchange=self._exchange, exchange_type="fanout")
        return connection, channel

    def _consume(self):
        connection, channel = self._channel()
        name = channel.queue_declare(queue="", exclusive=True).method.queue
        channel.queue_bind(exchange=self._exchange, queue=name)
        channel.basic_consume(queue=name, on_message_callback=self._on_message, auto_ack=True)
        self._bound.set()
        while not self._stopped.is_set():
            connection.process_data_events(time_limit=CONSUMER_POLL)
        connection.close()

    def _on_message(self, _channel, _method, _properties, body):
        try:
            self._inbox.put(json.loads(body))
        except ValueError as error:
            print(f"not JSON: {error}", file=sys.stderr)

    def _publish(self):
        connection, channel = self._channel()
        while not self._stopped.is_set():
            try:
                envelope = self._outbox.get(timeout=PUBLISH_POLL)
            except queue.Empty:
                connection.process_data_events(time_limit=0)
                continue
            channel.basic_publish(exchange=self._exchange, routing_key="", body=json.dumps(envelope))
        connection.close()
