/**
 * Root of the house: start, wiring, shutdown. May import every room; no room imports it.
 */
package org.mirrorlog;
