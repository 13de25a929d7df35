/**
 * Who starts a cluster, joins it and stays in it: the journal's row of living clusters, discovery, TLS, and the notes
 * that tell a removed node from one that goes on. Where logs live and who is dead is not decided here.
 */
package org.mirrorlog.membership;
