/**
 * Programs of the machine, run for a bounded time, {@code dmsetup} above all: which tables the kernel has, and how its
 * mirrors are woken, suspended and resumed.
 */
package org.mirrorlog.dmsetup;
