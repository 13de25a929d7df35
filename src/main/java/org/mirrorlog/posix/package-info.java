/**
 * The few system calls that Java does not offer: raw files and block devices, netlink and datagram sockets, locked
 * memory.
 *
 * <p>The only room that imports jnr-ffi; it imports nothing else of this program. Calls block and belong on threads of
 * their own, never on an actor's dispatcher. A descriptor has one owner, who closes it; closing twice does nothing.
 * Every failure is a {@link org.mirrorlog.posix.PosixException} that names the call, the errno and the thing it was
 * applied to.
 */
package org.mirrorlog.posix;
