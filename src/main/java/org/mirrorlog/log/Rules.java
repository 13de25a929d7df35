package org.mirrorlog.log;

/**
 * What the operator decides about a log's judgement.
 *
 * @param isNewBootProofOfDeath another boot id under the same node name proves the older kernel dead; false where a
 *     machine might run twice (D16)
 * @param isAdopted an active table whose journal knows nothing of it may come in, everything dirty (D21)
 */
public record Rules(boolean isNewBootProofOfDeath, boolean isAdopted) {
}
