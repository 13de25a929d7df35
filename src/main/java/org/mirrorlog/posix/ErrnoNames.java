package org.mirrorlog.posix;

import java.util.Map;

/**
 * Names of the Linux error numbers, as in errno(3), for messages. Numbers that no call of this program returns are
 * absent.
 */
final class ErrnoNames {
    /** The numbers 1 to 34 are the same on every architecture; index = number. */
    private static final String[] LOW = {
        "", "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN",
        "ENOMEM", "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL",
        "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE",
        "EDOM", "ERANGE",
    };

    /** The others, as on all architectures that Debian's and Red Hat's storage nodes use. */
    private static final Map<Integer, String> HIGH = Map.ofEntries(
            Map.entry(36, "ENAMETOOLONG"), Map.entry(38, "ENOSYS"), Map.entry(40, "ELOOP"), Map.entry(52, "EBADE"),
            Map.entry(61, "ENODATA"), Map.entry(71, "EPROTO"), Map.entry(74, "EBADMSG"), Map.entry(75, "EOVERFLOW"),
            Map.entry(84, "EILSEQ"), Map.entry(88, "ENOTSOCK"), Map.entry(90, "EMSGSIZE"), Map.entry(91, "EPROTOTYPE"),
            Map.entry(92, "ENOPROTOOPT"), Map.entry(93, "EPROTONOSUPPORT"), Map.entry(95, "EOPNOTSUPP"),
            Map.entry(97, "EAFNOSUPPORT"), Map.entry(98, "EADDRINUSE"), Map.entry(99, "EADDRNOTAVAIL"),
            Map.entry(104, "ECONNRESET"), Map.entry(105, "ENOBUFS"), Map.entry(106, "EISCONN"),
            Map.entry(107, "ENOTCONN"), Map.entry(110, "ETIMEDOUT"), Map.entry(111, "ECONNREFUSED"),
            Map.entry(112, "EHOSTDOWN"), Map.entry(115, "EINPROGRESS"), Map.entry(116, "ESTALE"),
            Map.entry(121, "EREMOTEIO"),
            Map.entry(122, "EDQUOT"), Map.entry(123, "ENOMEDIUM"), Map.entry(124, "EMEDIUMTYPE"),
            Map.entry(125, "ECANCELED"));

    private ErrnoNames() {
    }

    /** The name, or {@code errno} for a number without one. */
    static String of(int errno) {
        if (errno > 0 && errno < LOW.length) {
            return LOW[errno];
        }
        return HIGH.getOrDefault(errno, "errno");
    }
}
