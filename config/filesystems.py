"""Where files lie, and who else can read them."""

import stat
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
# File systems behind which another machine may hold the file: SQLite's locks and shared memory fail on them.
NETWORK_FILE_SYSTEMS = frozenset(
    (
        *("9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "gfs2"),
        *("glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs"),
    )
)


def readable_by_others(path: Path) -> bool:
    """Whether other users of this machine can read it: by its own mode, and past the folder it lies in."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        return bool(mode & stat.S_IRWXO)
    return bool(mode & (stat.S_IROTH | stat.S_IWOTH)) and bool(path.parent.stat().st_mode & stat.S_IXOTH)


def is_on_network(path: Path) -> bool:
    """Whether this path lies on a network file system; False where the system cannot be asked."""
    return file_system_of(path) in NETWORK_FILE_SYSTEMS


def file_system_of(path: Path) -> str:
    """The kind of the file system that holds a path, or "" where the system cannot be asked."""
    try:
        lines = MOUNTS.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    wanted = path.resolve()
    found, kind = Path("/"), ""
    for line in lines:
        _, place, this_kind, *_ = line.split(" ")
        # Spaces in a folder's name are written as octal escapes.
        mounted = Path(place.encode("ascii", "surrogateescape").decode("unicode_escape"))
        # A later line covers an earlier one on the same folder.
        if wanted.is_relative_to(mounted) and (not kind or mounted.is_relative_to(found)):
            found, kind = mounted, this_kind
    return kind
