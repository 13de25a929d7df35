package org.mirrorlog.management;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What an operator may do over HTTP. Every method returns at once; its stage ends within a bound, with an
 * {@link ActionRefusedException} where what is asked cannot be done.
 */
public interface Actions {
    /** All deaths that were declared in the cluster, oldest first. */
    CompletionStage<List<DeathView>> deaths();

    /**
     * The runs of machines' kernels that this node knows: members since its start, and who takes part in the logs that
     * it uses. Quick; what a death costs is not counted.
     */
    CompletionStage<List<NodeView>> nodes();

    /** The runs that a node name or boot id can mean, as far as members and all logs know them; oldest first. */
    CompletionStage<List<NodeView>> candidates(String nodeOrBootId);

    /**
     * Declares these runs dead: the operator has made sure of it. Cannot be taken back.
     *
     * @param isPowerOff he has seen that the machine is off; refused without where one may still write a log
     */
    CompletionStage<List<DeathView>> confirmDeath(List<String> bootIds, boolean isPowerOff);

    /**
     * Takes a log over in spite of a foreign, lost or too short memory.
     *
     * @param isForced also if it is in use and nobody is held, which costs a resync of all of it
     */
    CompletionStage<Void> adopt(String uuid, boolean isForced);

    /**
     * Has a room of this program, or all of them, say more or less for a while.
     *
     * @return when it ends by itself, for people
     */
    CompletionStage<String> setLogLevel(String room, String level, Duration time);

    /**
     * Has this node give its logs away, and take none that another one could serve; or not any more. Refused where no
     * other node is there.
     */
    CompletionStage<DrainView> drain(boolean isUndone);

    /** How far that is. */
    CompletionStage<DrainView> drained();

    /** What is needed to go on without the data directory; refused where that would not be whole. */
    CompletionStage<BackupView> backup();

    /** What a resync can be told. */
    enum Resync { PAUSE, RESUME, PRIORITY }

    /** Tells the resync of a log; refused where no table of this node uses it. */
    CompletionStage<ResyncView> resync(String uuid, Resync order);

    /** What was ordered about resyncs here, and still holds. */
    CompletionStage<ResyncView> resyncs();

    /** What retiring a log would mean; unknown if the journal has nothing of it. */
    CompletionStage<RetirementView> retirement(String uuid);

    /** Which logs of the journal nobody uses: what can be retired. */
    CompletionStage<UnusedView> unused();

    /** Retires a log that nobody may write; unknown if the journal has nothing of it, and then nothing is written. */
    CompletionStage<Void> retire(String uuid);
}
