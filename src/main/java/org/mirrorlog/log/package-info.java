/**
 * The pure core: what a mirror log knows, what it may answer, what follows from each event. No Akka, no clock, no I/O.
 *
 * <p>Read in this order: {@link org.mirrorlog.log.LogState} (what is known), {@link org.mirrorlog.log.LogEvent} (what
 * can happen), {@link org.mirrorlog.log.Decider} (what may be answered). The safety argument rests on four sentences:
 * <ol>
 * <li>The journal is the lock: every accepted event was decided on exactly the history before it.
 * <li>Every answer that permits something new is an event first.
 * <li>Every other answer repeats or gives up what the asking session still holds, or it denies.
 * <li>A permission ends only with its holder's consent or its proven death.
 * </ol>
 * All values are immutable; any thread may use them. May import the value types of {@code protocol} and the JDK.
 */
package org.mirrorlog.log;
