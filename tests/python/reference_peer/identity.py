"""Who a peer says it is."""

import getpass
import os
import pwd
import socket

FIELDS = ("user", "first_name", "last_name", "host", "source")


def resolve():
    """The account of this process, or what the environment puts over it."""
    user = getpass.getuser()
    try:
        names = pwd.getpwnam(user).pw_gecos.split(",")[0].split(None, 1)
    except KeyError:
        names = []
    identity = dict(zip(FIELDS, (user, *(names + ["", ""])[:2], socket.gethostname(), "local")))
    account, name = os.environ.get("ORI_SYNC_USER"), os.environ.get("ORI_SYNC_NAME")
    if account:
        identity["user"] = account
    if name:
        identity["first_name"], identity["last_name"] = (name.split(None, 1) + [""])[:2]
    if account or name:
        identity["source"] = "override"
    return identity


def normalise(value):
    """The five fields as trimmed strings, or nothing where none of them tells who it is."""
    if not isinstance(value, dict):
        return None
    identity = {key: str(value.get(key) or "").strip() for key in FIELDS}
    return identity if any(identity[key] for key in FIELDS[:4]) else None
