/**
 * Where logs live and who the nodes are: sharding of their owners, placement on nodes, incarnations, what has become of
 * each of them. Thread-safe entry points. May import {@code owner} and
 * {@code instance}.
 */
package org.mirrorlog.cluster;
