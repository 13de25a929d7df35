/**
 * Several daemons as real processes on loopback, with a real PostgreSQL and emulated kernels that share legs: what a
 * cluster does when its parts are killed, paused, cut off and restarted. {@link org.mirrorlog.fleet.Fleet} is the way
 * in.
 */
package org.mirrorlog.fleet;
