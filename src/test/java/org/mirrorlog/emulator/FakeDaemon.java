package org.mirrorlog.emulator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/** The smallest daemon that satisfies a kernel: one node, no cluster. Disk logs outlive it, core logs do not. */
final class FakeDaemon {
    private static final class Log {
        private final String device;
        private final long regionSize;
        private final int count;
        private final boolean isNosync;
        private final BitSet clean = new BitSet();
        private final BitSet sync = new BitSet();
        private int search;
        private int recovering = -1;
        private boolean isHalted;

        private Log(String[] words) {
            int at = 2;
            device = words[1].equals("clustered-disk") ? words[at++] : null;
            regionSize = Long.parseLong(words[at]);
            count = Math.toIntExact((Long.parseLong(words[0]) - 1) / regionSize + 1);
            isNosync = Arrays.asList(words).contains("nosync");
        }
    }

    private final Map<Long, Log> logs = new HashMap<>();
    private final Map<String, BitSet> disks;

    /** A daemon that knows these disks: clean bits by device. */
    FakeDaemon(Map<String, BitSet> disks) {
        this.disks = disks;
    }

    Reply handle(UlogRequest request) {
        RequestType type = request.type().orElseThrow();
        byte[] data = request.payload();
        if (type == RequestType.CTR) {
            return construct(request.luid(), data);
        }
        Log log = logs.get(request.luid());
        if (log == null) {
            return Reply.failure(Errno.EINVAL);
        }
        switch (type) {
            case DTR:
                logs.remove(request.luid());
                return Reply.done();
            case PRESUSPEND:
                log.isHalted = true;
                return Reply.done();
            case RESUME:
                resume(log);
                return Reply.done();
            case STATUS_INFO:
                return Reply.text(log.device == null ? "1 clustered-core" : "3 clustered-disk 254:3 A");
            case GET_REGION_SIZE:
                return Reply.number(log.regionSize);
            case GET_SYNC_COUNT:
                return Reply.number(log.sync.cardinality());
            default:
                return handle(log, type, regions(data));
        }
    }

    private Reply handle(Log log, RequestType type, long[] words) {
        switch (type) {
            case IN_SYNC:
                return Reply.flag(log.sync.get((int) words[0]));
            case MARK_REGION:
            case FLUSH:
                for (long region : words) {
                    log.clean.clear((int) region);
                }
                if (type == RequestType.FLUSH) {
                    flush(log);
                }
                return Reply.done();
            case CLEAR_REGION:
                for (long region : words) {
                    log.clean.set((int) region, log.sync.get((int) region));
                }
                return Reply.done();
            case GET_RESYNC_WORK:
                return work(log);
            case SET_REGION_SYNC:
                log.recovering = -1;
                log.sync.set((int) words[0], words[1] != 0);
                return Reply.done();
            case IS_REMOTE_RECOVERING:
                return Reply.remoteRecovering(false, log.isHalted ? log.count : log.sync.nextClearBit(0));
            default:
                return Reply.done();
        }
    }

    private Reply construct(long luid, byte[] data) {
        String string = new String(data, StandardCharsets.ISO_8859_1);
        boolean isReconnect = string.endsWith("\0");
        Log log = new Log(string.replace("\0", "").split(" "));
        logs.put(luid, log);
        return log.device == null || isReconnect ? Reply.done() : Reply.device(log.device);
    }

    private void resume(Log log) {
        log.search = 0;
        log.recovering = -1;
        log.isHalted = false;
        log.clean.clear();
        if (log.device != null && disks.containsKey(log.device)) {
            log.clean.or(disks.get(log.device));
        } else if (log.isNosync) {
            log.clean.set(0, log.count);
        }
        log.sync.clear();
        log.sync.or(log.clean);
    }

    private void flush(Log log) {
        if (log.device != null) {
            disks.put(log.device, (BitSet) log.clean.clone());
        }
    }

    private Reply work(Log log) {
        if (log.recovering < 0) {
            int next = log.sync.nextClearBit(log.search);
            if (next >= log.count) {
                log.search = log.count;
                return Reply.noWork();
            }
            log.recovering = next;
            log.search = next + 1;
        }
        return Reply.work(log.recovering);
    }

    static long[] regions(byte[] data) {
        long[] words = new long[data.length / Long.BYTES];
        ByteBuffer.wrap(data).order(ByteOrder.nativeOrder()).asLongBuffer().get(words);
        return words;
    }
}
