//! A session's operations on disk: append, sync, torn-tail recovery and reopening.
