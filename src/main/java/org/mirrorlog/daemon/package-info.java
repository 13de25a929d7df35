/**
 * The daemon put together: what is checked before it starts, journal, owners, tables and kernel in this order, and its
 * end. May import every room but the root; only the root imports it.
 */
package org.mirrorlog.daemon;
