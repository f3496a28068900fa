//! Rooms that host review sessions for WebSocket peers, with the log on disk.
