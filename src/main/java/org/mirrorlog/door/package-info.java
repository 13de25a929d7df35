/**
 * The doors of the daemon: HTTP/1.1 for people and scripts of one machine, served so that nobody outside can keep the
 * others waiting. Every connection has a bound on its time and its bytes and serves one request; there is a bound on
 * connections, and a newcomer drives out whoever has kept the door open longest without asking.
 *
 * <p>With TLS a certificate says who asks; see {@link org.mirrorlog.door.Door.Place}.
 *
 * <p>Plain JDK, and the C library where the kernel has to say who asks; {@link org.mirrorlog.door.Handler} says what is
 * behind the door. The kernel's requests do not come this way.
 */
package org.mirrorlog.door;
