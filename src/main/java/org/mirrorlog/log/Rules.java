package org.mirrorlog.log;

/**
 * What the operator decides about a log's judgement.
 *
 * @param isNewBootProofOfDeath a machine that says which earlier runs of its kernel are over is believed; false where a
 *     machine might run twice (D16)
 * @param isForgetful the journal may have been another one, or a longer one, before, or somebody knows of this log: one
 *     that it does not know starts all dirty, nosync or not (S1)
 * @param isUnheardOf everybody who may have heard of a log that the journal does not know has said that it has not;
 *     where that is not certain, such a log starts all dirty, nosync or not (D2)
 */
public record Rules(boolean isNewBootProofOfDeath, boolean isForgetful, boolean isUnheardOf) {
    /** Where there is nobody else who could have heard of it. */
    public Rules(boolean isNewBootProofOfDeath, boolean isForgetful) {
        this(isNewBootProofOfDeath, isForgetful, true);
    }
}
