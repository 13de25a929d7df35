/**
 * Log lines: one for each incident, never a flood of them, without control characters, and with what really failed.
 */
package org.mirrorlog.logging;
