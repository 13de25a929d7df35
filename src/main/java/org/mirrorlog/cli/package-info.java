/**
 * {@code mirrorlogctl}: what an operator asks of a running daemon, from a shell. Speaks HTTP with the management
 * endpoint and knows nothing else of the daemon: this room imports the JDK, picocli, Jackson and words, and no other
 * room. One thread.
 */
package org.mirrorlog.cli;
