package org.mirrorlog.log;

import java.util.Objects;

/**
 * The owner's answer to one round, with what the log is like at that moment.
 *
 * @param uuid of the log
 * @param to the instance that asked
 * @param daemonStart the daemon start that asked
 * @param number of the round
 * @param logNumber the log's number (D2)
 * @param term names the owner's time, unlike any other's ({@link OwnerTerm}); 0: of a build that has no names for them
 * @param syncCount regions in sync
 * @param provableHint the hint that the log could give now
 * @param lastLoss log number of the last event that took a region out of sync (D9)
 * @param health of the log device
 * @param answer to the question
 */
public record RoundAnswer(String uuid, InstanceId to, long daemonStart, long number, long logNumber, long term,
                          long syncCount, long provableHint, long lastLoss, DeviceHealth health, Answer answer)
        implements FromOwner {
    public RoundAnswer {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(health, "health");
        Objects.requireNonNull(answer, "answer");
    }
}
