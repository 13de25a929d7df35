/**
 * The link to a kernel, real or emulated: sockets that carry the connector's datagrams, the receive thread, the sending
 * of replies, and what can be learned about this machine's kernel and its tables.
 *
 * <p>The receive thread reads, checks and hands over; it never waits for an actor, a disk or the cluster. Sending never
 * waits longer than a few milliseconds. May import {@code protocol}, {@code instance} and {@code posix}.
 */
package org.mirrorlog.kernel;
