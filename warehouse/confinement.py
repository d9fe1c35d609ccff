"""What a process gives up for good before it runs a stranger's query: the network, files, its user, memory, priority.

Each of it where the system lets it be given up; what it does not is left to the others, and to DuckDB, which has no
file system of its own by then. System calls are not filtered: of the libraries for seccomp that can be installed none
is kept (pyseccomp: 2021, and needs libseccomp on the machine).
"""

import contextlib
import ctypes
import os
import resource
import sys

from landlock import FSAccess, LandlockError, Ruleset

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_NOBODY = 65534
_SYSTEM = ("/usr", "/lib", "/lib64", sys.prefix, sys.base_prefix)
"""What an interpreter may still have to load."""


def leave_network() -> bool:
    """Give up the network, for this process and its children; whether the system allowed it."""
    flags = _NEW_NETWORK if os.geteuid() == 0 else _NEW_NETWORK | _NEW_USER
    return bool(_LIBC.unshare(flags) == 0)


def see_nothing() -> bool:
    """Give up opening any file but those of the interpreter, for reading; whether the system can.

    Holds for this thread and for those it starts afterwards. What is open stays open.
    """
    ctypes.set_errno(0)
    try:
        rules = Ruleset()
        for path in filter(os.path.isdir, _SYSTEM):
            rules.allow(path, rules=FSAccess.READ_FILE | FSAccess.READ_DIR | FSAccess.EXECUTE)
        # How much memory is in use stands there.
        rules.allow("/proc/self/", rules=FSAccess.READ_FILE)
        rules.apply()
    except (LandlockError, OSError, AttributeError):
        return False
    return True


def become_nobody() -> None:
    """Give up the rights of root. Whoever is somebody else stays that."""
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):  # inside of a user namespace there may be nobody else
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def limit(in_use: int, memory_mb: int) -> None:
    """Give up more memory than is in use and this, writing to any file, dumping core, priority."""
    most = in_use + (memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
