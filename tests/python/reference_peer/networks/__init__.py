"""Ways for envelopes to travel. Each has `send_payload`, `receive_payloads`, `stop` and the peer's `guid`."""
