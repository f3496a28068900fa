"""One datagram a message, to everybody on the port."""

import json
import socket
import sys

DEFAULT_PORT = 9999
RECEIVE_BYTES = 65535


class UdpNetwork:
    def __init__(self, destination="255.255.255.255", port=DEFAULT_PORT, listen=None):
        """`listen` is the port that messages come to where it is not the one that they go to."""
        self.guid, self._destination = None, (destination, port)
        self._sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._receiver.bind(("", listen or port))
        self._receiver.setblocking(False)

    def wait_until_ready(self, _timeout):
        return True

    def send_payload(self, envelope):
        envelope.setdefault("source_guid", self.guid)
        try:
            self._sender.sendto(json.dumps(envelope).encode("utf-8"), self._destination)
        except OSError as error:
            print(f"not sent: {error}", file=sys.stderr)

    def receive_payloads(self):
        batch = []
        while True:
            try:
                data, _ = self._receiver.recvfrom(RECEIVE_BYTES)
            except BlockingIOError:
                return batch
            try:
                envelope = json.loads(data.decode("utf-8"))
            except json.JSONDecodeError:
                continue
            if envelope.get("source_guid") != self.guid:
                batch.append(envelope)

    def stop(self):
        self._sender.close()
        self._receiver.close()
