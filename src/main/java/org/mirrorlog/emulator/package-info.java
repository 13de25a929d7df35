/**
 * An emulated kernel: the client side of dm-mirror and dm-log-userspace, with legs in memory. Demo, load generator and
 * oracle are built on it.
 *
 * <p>The core ({@link org.mirrorlog.emulator.EmulatedMachine} and what hangs on it) is sans-IO: no thread, no clock, no
 * socket, no randomness of its own. Whoever drives it carries requests out and answers in, tells the time, and decides
 * when each read or write of a leg happens; the same inputs give the same outputs. It is confined to one thread at a
 * time. It sends what a Linux 6.1 kernel sends, in that order, including the kernel's own weaknesses. Not emulated:
 * discards, empty flushes (neither reaches the log), and the busy retries of held writes between suspend and the moment
 * I/O is blocked.
 *
 * <p>Around it: {@code KernelClient} drives a machine in real time over the daemon's UNIX datagram socket,
 * {@link org.mirrorlog.emulator.Demo} shows a mirror at work, on one machine or on
 * three, {@link org.mirrorlog.emulator.EmulateCommand} does so
 * with a daemon that runs, {@link org.mirrorlog.emulator.Load} measures. Imports
 * protocol and posix.
 */
package org.mirrorlog.emulator;
