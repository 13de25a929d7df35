/**
 * What an operator sees over HTTP: the logs of this node, its counters, readiness and liveness; and the few things that
 * can be done there.
 *
 * <p>At arm's length: this room imports the JDK, Akka and Jackson, but none of the other rooms. They hand
 * it plain values through {@link org.mirrorlog.management.LogViews}, {@link org.mirrorlog.management.Actions} and the
 * suppliers of {@link org.mirrorlog.management.ManagementPort}; root connects the two. Everything here runs on Akka's
 * default dispatcher, never on the dispatcher that serves kernels, and nothing here blocks.
 */
package org.mirrorlog.management;
