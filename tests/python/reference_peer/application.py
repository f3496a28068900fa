"""What the application around a session does by itself: looks for the session, serves it, goes on where nobody answers."""

DISCOVERY_TIMEOUT = 2.0
VIEWER_ASKS = 5.0
POLL = 0.033


class Application:
    """One of the host applications. `openrv` asks for the master at every poll, `xstudio` once, `sync_viewer` every 5 s;
    a viewer neither becomes master by itself nor answers a request for the state."""

    def __init__(self, session, clock):
        self.session, self.clock = session, clock
        self.app = session.app
        self._since = self._asked = 0.0

    def start(self):
        self.session.start()
        self._since = self._asked = self.clock()

    def tick(self):
        """Raises what the session's tick raises; discovery goes on all the same."""
        try:
            for name, data in self.session.tick():
                self._act(name, data)
        finally:
            self._discover()

    def _act(self, name, data):
        if name == "state_request_received" and self.app != "sync_viewer":
            self.session.send_state_snapshot(data)
        if name == "state_request_timeout":
            if self.app != "sync_viewer" and self.session.has("elects-itself-unanswered"):
                self.session.elect_self_as_master()
                return
            self._since = self._asked = self.clock()
            self.session.ask_for_master()

    def _discover(self):
        if self.session.status != "DISCOVERING":
            return
        now = self.clock()
        if self.app != "sync_viewer" and now - self._since > DISCOVERY_TIMEOUT:
            self.session.elect_self_as_master()
            return
        asks = POLL if self.session.has("asks-every-poll") else None
        interval = {"openrv": asks, "sync_viewer": VIEWER_ASKS}.get(self.app)
        if interval is not None and now - self._asked >= interval:
            self._asked = now
            self.session.ask_for_master()
