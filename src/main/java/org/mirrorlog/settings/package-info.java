/**
 * What operators can set, and what the machine says of itself where settings name it: read and checked once, at start,
 * with every fault told at once.
 */
package org.mirrorlog.settings;
