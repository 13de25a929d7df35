package org.mirrorlog.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.Member;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/** S12, S13, D7, D9: no kernel has a higher hint than the log knows of. "All in sync" is such a hint. */
final class HintsAreRecorded extends Checker {
    HintsAreRecorded(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void answered(Machine machine, UlogRequest request, UlogAnswer answer) {
        RequestType type = request.type().orElseThrow();
        boolean isUnused = !truth().members().containsKey(new InstanceId(machine.incarnation(), request.luid()));
        if (type == RequestType.GET_SYNC_COUNT && answer.error() == 0 && isUnused
                && ByteBuffer.wrap(answer.payload()).getLong() != 0) {
            throw violation(machine + " is told a sync count for a table that was never resumed");
        }
        boolean givesHint = type == RequestType.IS_REMOTE_RECOVERING || type == RequestType.GET_SYNC_COUNT;
        if (!givesHint || answer.error() != 0 || mirror().device(machine).isSuspended()) {
            return;
        }
        mirror().device(machine).active().filter(mirror -> mirror.luid() == request.luid()).ifPresent(mirror -> {
            Member member = truth().members().get(new InstanceId(machine.incarnation(), request.luid()));
            boolean isCountBelowAll = type == RequestType.GET_SYNC_COUNT
                    && ByteBuffer.wrap(answer.payload()).order(ByteOrder.nativeOrder())
                    .getLong() < mirror.regionCount();
            if (isCountBelowAll) {
                // Gives no hint; the one that the kernel has may be of a session whose end is being answered.
                return;
            }
            long known = member == null || !member.isActive() ? 0 : member.hint();
            // Its POSTSUSPEND was executed, its answer is on the way: no I/O any more, and a RESUME clears the hint.
            boolean isLeaving = mirror().device(machine).isBusy() && (member == null || !member.isActive());
            if (mirror.inSyncHint() > known && !isLeaving) {
                throw violation(machine + " has the hint " + mirror.inSyncHint() + ", the log knows of " + known);
            }
        });
    }
}
