package org.mirrorlog.management;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What an operator may do over HTTP. Every method returns at once; its stage ends within a bound, with an
 * {@link ActionRefusedException} where what is asked cannot be done.
 */
public interface Actions {
    /** All deaths that were declared in the cluster, oldest first. */
    CompletionStage<List<DeathView>> deaths();

    /** The runs that a node name or boot id can mean, as far as this node knows them; oldest first. */
    CompletionStage<List<CandidateView>> candidates(String nodeOrBootId);

    /** Declares these runs dead: the operator has made sure of it. Cannot be taken back. */
    CompletionStage<List<DeathView>> confirmDeath(List<String> bootIds);

    /**
     * Takes a log over in spite of a foreign, lost or too short memory.
     *
     * @param isForced also if it is in use and nobody is held, which costs a resync of all of it
     */
    CompletionStage<Void> adopt(String uuid, boolean isForced);

    /** What retiring a log would mean; unknown if the journal has nothing of it. */
    CompletionStage<RetirementView> retirement(String uuid);

    /** Retires a log that nobody may write. */
    CompletionStage<Void> retire(String uuid);
}
