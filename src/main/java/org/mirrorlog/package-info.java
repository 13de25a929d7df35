/**
 * Root of the house: start, settings, wiring, shutdown. May import every room; no room imports it.
 */
package org.mirrorlog;
