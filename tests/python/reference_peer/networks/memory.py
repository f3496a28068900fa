"""A bus inside one process."""

import json


class Bus:
    """Hands what one peer sends to all the others, as text, in order."""

    def __init__(self):
        self.networks = []
        self.log = []

    def connect(self):
        network = MemoryNetwork(self)
        self.networks.append(network)
        return network


class MemoryNetwork:
    def __init__(self, bus):
        self.bus, self.guid, self._inbox = bus, None, []

    def send_payload(self, envelope):
        text = json.dumps(envelope)
        self.bus.log.append(envelope)
        for network in self.bus.networks:
            if network is not self:
                network._inbox.append(text)

    def receive_payloads(self):
        batch, self._inbox = self._inbox, []
        return [json.loads(text) for text in batch]

    def stop(self):
        self.bus.networks.remove(self)
