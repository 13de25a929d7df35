/**
 * Where logs live, who starts a cluster and stays in it, and who is dead: sharding of their owners, placement on nodes,
 * incarnations, the register of declared deaths, fencing. Thread-safe entry points. May import {@code owner} and
 * {@code instance}.
 */
package org.mirrorlog.cluster;
