/**
 * The daemon as a process of its machine: what it must be allowed, signals, memory, the order of its end, and what its
 * exit codes say.
 */
package org.mirrorlog.process;
