package org.mirrorlog.posix;

import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * The C library's calls around sockets and locks, as in their manual pages. Memory is passed as plain addresses, so
 * that a call allocates nothing. Public only because generated code outside this package implements it.
 *
 * <p>Five numeric arguments are the most: with six, jffi 1.3.13 hands garbage to the call as the last one (seen with
 * {@code sendto}, whose place {@code sendmsg} takes here).
 */
public interface SocketCalls {
    int socket(int family, int type, int protocol);

    int bind(int fd, long address, int length);

    int connect(int fd, long address, int length);

    int listen(int fd, int backlog);

    int accept4(int fd, long address, long length, int flags);

    int setsockopt(int fd, int level, int option, long value, int length);

    int getsockopt(int fd, int level, int option, long value, long length);

    int getsockname(int fd, long address, long length);

    @ssize_t long sendmsg(int fd, long message, int flags);

    @ssize_t long recvmsg(int fd, long message, int flags);

    int shutdown(int fd, int how);

    int poll(long descriptors, @size_t long count, int timeoutMs);

    int eventfd(int initial, int flags);

    @ssize_t long write(int fd, long buffer, @size_t long length);

    int close(int fd);

    int fchmod(int fd, int mode);

    int ftruncate(int fd, long length);

    int open(long path, int flags, int mode);

    int flock(int fd, int operation);

    int fcntl(int fd, int command, long argument);

    int geteuid();

    int getegid();
}
