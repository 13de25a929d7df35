package org.mirrorlog.owner;

import akka.actor.typed.ActorRef;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Round;

/** What a {@link LogOwner} is told. */
public sealed interface OwnerCommand {
    /**
     * An instance's round.
     *
     * @param hasDevice whether the instance has its log device open
     * @param replyTo where the answer goes, and notices
     */
    record Ask(Round round, boolean hasDevice, ActorRef<FromOwner> replyTo) implements OwnerCommand {
        public Ask {
            Objects.requireNonNull(round, "round");
            Objects.requireNonNull(replyTo, "replyTo");
        }
    }

    /** What the operator sees; answered from memory, possibly of a deposed owner. */
    record Inspect(ActorRef<LogState> replyTo) implements OwnerCommand {
        public Inspect {
            Objects.requireNonNull(replyTo, "replyTo");
        }
    }

    /**
     * The operator takes the log over in spite of a foreign or lost memory (D21): holds until an instance has come in.
     * Answered with what the log knows now.
     */
    record Adopt(ActorRef<LogState> replyTo) implements OwnerCommand {
        public Adopt {
            Objects.requireNonNull(replyTo, "replyTo");
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

    /** Time to see whether anybody recovers what is out of sync. */
    enum LookForWork implements OwnerCommand { INSTANCE }

    /** Time to compare the device with what it should hold. */
    enum RepairDevice implements OwnerCommand { INSTANCE }

    /** The device was read for a RESUME. */
    record DeviceWasRead(Round round, Judgement judgement) implements OwnerCommand { }

    /** The device took what the last commit changed, or failed. */
    record DeviceWasWritten(List<Decided> decided, Optional<DeviceHealth> failure) implements OwnerCommand { }

    /** A round and its decision. */
    record Decided(Ask ask, Answer answer) { }

    /** Hand over: sharding moves the log, or the node stops. */
    enum Stop implements OwnerCommand { INSTANCE }
}
