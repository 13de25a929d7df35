/**
 * What one machine knows of the tables of its kernel: per (uuid, luid) a state machine that answers from its own record
 * what may be answered there, and asks the log in numbered rounds for the rest.
 *
 * <p>Driven from outside by one thread at a time: requests, answers, ticks with the time. Nothing here waits, and
 * nothing reads a clock. Only records touch files, through {@code RecordDisk}. May import
 * {@code protocol} and {@code log}.
 */
package org.mirrorlog.instance;
