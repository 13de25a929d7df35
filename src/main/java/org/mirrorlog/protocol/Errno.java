package org.mirrorlog.protocol;

/** The Linux error numbers that this program says or hears. */
public enum Errno {
    EPERM(1), ENOENT(2), ESRCH(3), EINTR(4), EIO(5), ENXIO(6), EAGAIN(11), ENOMEM(12), EACCES(13), EEXIST(17),
    EINVAL(22), ENFILE(23), EMFILE(24), ENOSPC(28), EROFS(30), EBADE(52), ENOBUFS(105), EDQUOT(122);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /** The positive number. */
    public int number() {
        return number;
    }
}
