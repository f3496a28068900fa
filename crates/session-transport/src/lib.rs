//! Memory, UDP, RabbitMQ and WebSocket links behind one driver contract.
