package org.mirrorlog.owner;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Round;

/** What the owner of a log is told. */
public sealed interface OwnerCommand {
    /**
     * An instance's round.
     *
     * @param device how far the instance's machine has got with its log device
     * @param replyTo where the answer goes, and notices
     */
    record Ask(Round round, DeviceStatus device, Recipient<FromOwner> replyTo) implements OwnerCommand {
        public Ask {
            Objects.requireNonNull(round, "round");
            Objects.requireNonNull(device, "device");
            Objects.requireNonNull(replyTo, "replyTo");
        }

        /** Of an instance that has its device open, or has tried in vain. */
        public Ask(Round round, boolean hasDevice, Recipient<FromOwner> replyTo) {
            this(round, hasDevice ? DeviceStatus.OPEN : DeviceStatus.REFUSED, replyTo);
        }
    }

    /** What the operator sees; answered from memory, possibly of a deposed owner. */
    record Inspect(Recipient<LogState> replyTo) implements OwnerCommand {
        public Inspect {
            Objects.requireNonNull(replyTo, "replyTo");
        }
    }

    /**
     * The operator takes the log over in spite of a foreign, lost or too short memory (D21). Answered when its history
     * says so; without an adoption in it, if the log is in use and nobody is held.
     *
     * @param isForced also then
     */
    record Adopt(boolean isForced, Recipient<LogState> replyTo) implements OwnerCommand {
        public Adopt {
            Objects.requireNonNull(replyTo, "replyTo");
        }
    }

    /** Time to ask those awaited since an adoption whether their kernels have a table of this log at all. */
    enum CallTheRoll implements OwnerCommand { INSTANCE }

    /**
     * A node's kernel has no table of this log.
     *
     * @param adoptedAt the adoption that it was asked about
     * @param former boot ids of earlier runs of that kernel, which are over (D16)
     */
    record NoTable(String node, String incarnation, long adoptedAt, List<String> former) implements OwnerCommand {
        public NoTable {
            former = List.copyOf(former);
        }

        /** Of a machine that knows of no earlier run. */
        public NoTable(String node, String incarnation, long adoptedAt) {
            this(node, incarnation, adoptedAt, List.of());
        }
    }

    /** Time to ask those that have not said what they have heard of this log. */
    enum AskOthers implements OwnerCommand { INSTANCE }

    /**
     * What a node has heard of this log.
     *
     * @param isHeard that its journal has had a commit of it, at any time
     * @param number of the last commit that it has heard of; 0 if it does not say
     * @param term in whose time
     */
    record HeardAnswer(String incarnation, boolean isHeard, long number, long term) implements OwnerCommand {
        /** Of a node that does not say how much. */
        public HeardAnswer(String incarnation, boolean isHeard) {
            this(incarnation, isHeard, 0, 0);
        }
    }

    /** There may be deaths that the log has not heard of. */
    enum LookAtDeaths implements OwnerCommand { INSTANCE }

    /** A reactivation runs: somebody's turn. */
    enum ReactivateNext implements OwnerCommand { INSTANCE }

    /** The reactivation has had its time. */
    enum GiveUpReactivation implements OwnerCommand { INSTANCE }

    /** Decide everything that waits, in one commit. */
    enum DecideNow implements OwnerCommand { INSTANCE }

    /** About who copies what is out of sync. */
    sealed interface OfRecovery extends OwnerCommand { }

    /** Time to see whether anybody recovers what is out of sync. */
    enum LookForWork implements OfRecovery { INSTANCE }

    /**
     * An operator wants nothing copied for some time but what writers wait for.
     *
     * @param seconds for so long, unless it is said again before; 0: it goes on
     */
    record PauseResync(int seconds) implements OfRecovery {
        /** What builds that know it tell at least ({@link Builds}). */
        public static final int FORMAT = 1;
        /** A longer pause is to be said again. */
        public static final int MOST_SECONDS = 60;
    }

    /** Nobody has said it again. */
    enum ResyncGoesOn implements OfRecovery { INSTANCE }

    /** Time to compare the device with what it should hold. */
    enum RepairDevice implements OwnerCommand { INSTANCE }

    /** The device was read for a RESUME. */
    record DeviceWasRead(Round round, DeviceAssessment assessment) implements OwnerCommand { }

    /** What became of that which the last commit changed, or of a read-back. */
    record DeviceWasWritten(List<Decided> decided, DeviceOutcome outcome) implements OwnerCommand { }

    /** A log device of this log was opened, refused or closed on this node. */
    enum DeviceNews implements OwnerCommand { INSTANCE }

    /**
     * The journal's head was asked for before a read-back.
     *
     * @param own what it was for this owner when it asked
     * @param head what it is; negative if that is not known
     */
    record HeadWasRead(long own, long head) implements OwnerCommand {
        static final long NOT_KNOWN = -1;
    }

    /** What is left of a lost history was read, or why not. */
    record RemainsRead(Remains remains, Optional<Throwable> failure) implements OwnerCommand { }

    /** An adoption of a lost history was written, or why not. */
    record Refounded(Optional<Throwable> failure) implements OwnerCommand { }

    /** A round and its decision. */
    record Decided(Ask ask, Answer answer) { }

    /** Hand over: sharding moves the log, or the node stops. */
    enum Stop implements OwnerCommand { INSTANCE }
}
