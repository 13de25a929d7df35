/**
 * Where logs live: sharding of their owners, placement on nodes. Thread-safe entry points. May import {@code owner} and
 * {@code instance}.
 */
package org.mirrorlog.cluster;
