package org.mirrorlog.log;

/**
 * What the operator decides about a log's judgement.
 *
 * @param isNewBootProofOfDeath another boot id under the same node name proves the older kernel dead; false where a
 *     machine might run twice (D16)
 * @param isForgetful the journal may have been another one, or a longer one, before, or somebody knows of this log: one
 *     that it does not know starts all dirty, nosync or not (S1)
 */
public record Rules(boolean isNewBootProofOfDeath, boolean isForgetful) {
}
