package org.mirrorlog.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/** S2, S3, S4, S22: when FLUSH succeeds, every mark acknowledged before is in the journal and on the log device. */
final class FlushIsDurable extends Checker {
    /** Marks that a table was told to be taken, and has not cleared. */
    private final Map<InstanceId, RegionSet> acknowledged = new LinkedHashMap<>();

    FlushIsDurable(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void requested(Machine machine, UlogRequest request) {
        InstanceId id = new InstanceId(machine.incarnation(), request.luid());
        RequestType type = request.type().orElseThrow();
        if (type == RequestType.CLEAR_REGION) {
            acknowledged.computeIfPresent(id, (key, regions) -> regions.minus(regions(request)));
        } else if (type == RequestType.POSTSUSPEND || type == RequestType.DTR
                || type == RequestType.RESUME && mirror().device(machine).isSuspended()) {
            // Its kernel has no write in flight (2.2.4), so that a FLUSH that trails has nothing to make durable (3.3).
            acknowledged.remove(id);
        }
    }

    /** It found nobody listening, which changes nothing of what its kernel has in flight. */
    @Override
    void refused(Machine machine, UlogRequest request) {
        requested(machine, request);
    }

    @Override
    void answering(Machine machine, UlogRequest request, UlogAnswer answer) {
        RequestType type = request.type().orElseThrow();
        if (answer.error() != 0 || type != RequestType.MARK_REGION && type != RequestType.FLUSH) {
            return;
        }
        InstanceId id = new InstanceId(machine.incarnation(), request.luid());
        acknowledged.merge(id, regions(request), RegionSet::with);
        RegionSet marked = acknowledged.get(id);
        if (type != RequestType.FLUSH || marked.isEmpty()) {
            return;
        }
        Member member = truth().members().get(id);
        if (member == null || !member.marks().containsAll(marked)) {
            throw violation("FLUSH of " + id + " is answered, marked " + marked + ", in the journal "
                    + (member == null ? "nothing" : member.marks()));
        }
        if (truth().geometry().get().type() == LogSpec.LogType.DISK) {
            marked.forEach(region -> {
                if (!mirror().disk().isSafelyDirty(region)) {
                    throw violation("FLUSH of " + id + " is answered, region " + region
                            + " is not safe on the log device");
                }
            });
        }
    }

    private static RegionSet regions(UlogRequest request) {
        long[] regions = new long[request.payload().length / Long.BYTES];
        ByteBuffer.wrap(request.payload()).order(ByteOrder.nativeOrder()).asLongBuffer().get(regions);
        return RegionSet.of(regions);
    }
}
