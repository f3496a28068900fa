"""What a reference peer does on a broker (legacy-protocol §6.3), and nothing else.

Usage: reference_peer.py AMQP_URL SESSION. Prints "bound" once its queue is bound, then publishes every line of its standard
input and prints every message it receives, one a line.
"""

import sys
import threading

import pika

url, session = sys.argv[1:]
exchange = f"sync_session_{session}"
parameters = pika.URLParameters(url)


def consume():
    channel = pika.BlockingConnection(parameters).channel()
    channel.exchange_declare(exchange=exchange, exchange_type="fanout")
    queue = channel.queue_declare(queue="", exclusive=True).method.queue
    channel.queue_bind(exchange=exchange, queue=queue)
    channel.basic_consume(queue=queue, on_message_callback=show, auto_ack=True)
    print("bound", flush=True)
    channel.start_consuming()


def show(_channel, _method, _properties, body):
    print(body.decode(), flush=True)


threading.Thread(target=consume, daemon=True).start()
publisher = pika.BlockingConnection(parameters).channel()
publisher.exchange_declare(exchange=exchange, exchange_type="fanout")
for line in sys.stdin:
    publisher.basic_publish(exchange=exchange, routing_key="", body=line.rstrip("\n"))
