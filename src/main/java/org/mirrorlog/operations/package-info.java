/**
 * What operators see of logs, tables and nodes, and what they can do to them, behind management's interfaces: views,
 * health, counters, and what a death or a retirement would cost.
 */
package org.mirrorlog.operations;
