"""A seed peer (June 2026): no peer table, leases or roles, and a join that drops what came meanwhile."""

import time

from .session import SENT, SUPPRESSED, Session


class SeedSession(Session):
    coalesces = False

    def announce(self):
        self._announced_at = time.time()

    def close(self):
        self.network.stop()

    def claim(self, channel):
        return True

    def _owns(self, channel):
        return True

    def _owns_visibility(self):
        return True

    def _mark_diverged(self):
        pass

    def _handler_table(self):
        table = super()._handler_table()
        for unknown in [pair for pair in table if pair[1] in (
                "PEER_ANNOUNCE", "PEER_DEPART", "SET_PEER_ROLE", "REMOVE_TIMELINE", "REPLACE_TIMELINE",
                "CLAIM_OWNERSHIP", "RELEASE_OWNERSHIP")]:
            del table[unknown]
        table["SELECTION_1.0", "SET"] = self._on_selection
        return table

    def _on_selection(self, body, _source):
        self.selected_clip_guid = body.get("clip_guid") or None
        return ("selection_changed", body)

    def _rank(self, _guid):
        return 0

    def _latest_sections(self):
        return {}

    def _adopt_sections(self, body):
        pass

    def _timestamp(self, envelope):
        """Looked for one level too high: never there."""
        return envelope["payload"].get("payload", {}).get("sync_timestamp") or 0

    def broadcast_playback_state(self, state, timeline_guid=None):
        state = dict(state)
        clip, view_mode = state.pop("clip_guid", None), state.pop("view_mode", None)
        if clip is not None:
            self.broadcast_selection(clip, view_mode or "source")
        mode = state.pop("playback_mode", None)
        state.update(looping=mode in (None, "loop"), muted=False, scrubbing=False)
        return super().broadcast_playback_state(state, timeline_guid)

    def broadcast_selection(self, clip_guid, view_mode):
        body = {"clip_guid": clip_guid, "view_mode": view_mode, "sync_timestamp": time.time()}
        self.send("SELECTION_1.0", "SET", body)
        return SENT

    def broadcast_remove_timeline(self, guid):
        return SUPPRESSED

    def broadcast_replace_timeline(self, guid, timeline):
        return SUPPRESSED
