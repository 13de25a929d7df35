/**
 * The owner of a log: the event-sourced entity around the pure core of {@code log}. Decide, persist, write the device,
 * answer, in this order.
 *
 * <p>The entity runs on the hot dispatcher and never blocks; {@link org.mirrorlog.owner.LogDevices} does the device's
 * blocking work on threads of its own. May import {@code log} and {@code device}.
 */
package org.mirrorlog.owner;
