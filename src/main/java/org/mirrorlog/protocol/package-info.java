/**
 * The wire: netlink, connector and dm_ulog layers, request and reply values, constructor and status strings.
 *
 * <p>Values and pure functions only; any thread may use them. Imports nothing but the JDK. Offsets, sizes and rules are
 * those of {@code linux/dm-log-userspace.h} and {@code linux/connector.h}.
 */
package org.mirrorlog.protocol;
