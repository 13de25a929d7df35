package org.mirrorlog.emulator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import org.mirrorlog.emulator.LogModule.Outcome;
import org.mirrorlog.protocol.RequestType;

/**
 * The kernel's view of one userspace log, (uuid, luid): asks the daemon on behalf of whichever task needs to know,
 * keeps the in-sync hint, and goes on asking through reconnects. Marks and clears are queued here until the next flush.
 */
final class LogClient {
    private static final long RECONNECT_MS = 2_000;
    private static final int DEVICE_BYTES = 128;
    private static final int STATUS_BYTES = 1024;
    private static final byte[] NOTHING = new byte[0];
    /** What the kernel's stack holds where an answer is too short. */
    private static final byte GARBAGE = (byte) 0xa5;

    private final LogModule module;
    private final MirrorTable table;
    private final long luid;
    private final LogFlusher flusher;
    private long regionSizeSectors;
    private long regionCount;
    private long inSyncHint;

    /** Two words of an answer. */
    interface WordPair {
        void accept(long first, long second);
    }

    /** An error and a text. */
    interface TextOutcome {
        void accept(int error, String text);
    }

    LogClient(LogModule module, MirrorTable table, long luid) {
        this.module = module;
        this.table = table;
        this.luid = luid;
        this.flusher = new LogFlusher(this, table.isIntegratedFlush(), module.timers());
    }

    String uuid() {
        return table.uuid();
    }

    long luid() {
        return luid;
    }

    long regionSizeSectors() {
        return regionSizeSectors;
    }

    long regionCount() {
        return regionCount;
    }

    /** K1: regions below are taken for in sync without a question. */
    long inSyncHint() {
        return inSyncHint;
    }

    LogFlusher flusher() {
        return flusher;
    }

    // ---- life cycle: straight to the daemon, ESRCH goes to the caller

    /** CTR, then GET_REGION_SIZE; the outcome is 0 or why the table cannot be loaded. */
    void construct(KernelTask task, IntConsumer then) {
        byte[] string = table.constructorString().getBytes(StandardCharsets.ISO_8859_1);
        consult(task, RequestType.CTR, string, module.version() > 1 ? DEVICE_BYTES : 0, (error, data) -> {
            if (error != 0) {
                then.accept(error);
                return;
            }
            consult(task, RequestType.GET_REGION_SIZE, NOTHING, Long.BYTES, (sizeError, size) ->
                    then.accept(sizeError != 0 ? sizeError
                            : constructed(data, word(RequestType.GET_REGION_SIZE, size, 0))));
        });
    }

    private int constructed(byte[] device, long regionSize) {
        regionSizeSectors = regionSize & 0xffff_ffffL;
        if (regionSizeSectors == 0) {
            complain(RequestType.GET_REGION_SIZE, "region size 0");
            return LogModule.EINVAL;
        }
        regionCount = (table.lengthSectors() - 1) / regionSizeSectors + 1;
        if (device.length == 0) {
            return 0;
        }
        byte[] expected = (table.logDevice() + '\0').getBytes(StandardCharsets.ISO_8859_1);
        if (table.logDevice() == null || !Arrays.equals(expected, device)) {
            complain(RequestType.CTR, "returned device is not that of the table: "
                    + new String(device, StandardCharsets.ISO_8859_1));
            return LogModule.EINVAL;
        }
        return 0;
    }

    /** DTR, after a flush that is still pending; the daemon's answer does not matter. */
    void destroy(KernelTask task, Runnable then) {
        flusher.finish(() -> task.then(() -> consult(task, RequestType.DTR, NOTHING, 0, (error, data) -> then.run())));
    }

    void presuspend(KernelTask task, IntConsumer then) {
        consult(task, RequestType.PRESUSPEND, NOTHING, 0, (error, data) -> then.accept(error));
    }

    void postsuspend(KernelTask task, IntConsumer then) {
        flusher.finish(() -> task.then(() ->
                consult(task, RequestType.POSTSUSPEND, NOTHING, 0, (error, data) -> then.accept(error))));
    }

    void resume(KernelTask task, IntConsumer then) {
        inSyncHint = 0;
        consult(task, RequestType.RESUME, NOTHING, 0, (error, data) -> then.accept(error));
    }

    // ---- questions: asked until somebody listens

    /** An error counts as not clean. */
    void isClean(KernelTask task, long region, Consumer<Boolean> then) {
        request(task, RequestType.IS_CLEAN, words(region), Long.BYTES,
                (error, data) -> then.accept(error == 0 && flag(RequestType.IS_CLEAN, data)));
    }

    /** An error counts as not in sync. */
    void inSync(KernelTask task, long region, Consumer<Boolean> then) {
        request(task, RequestType.IN_SYNC, words(region), Long.BYTES,
                (error, data) -> then.accept(error == 0 && flag(RequestType.IN_SYNC, data)));
    }

    /** The region to recover, or -1. */
    void resyncWork(KernelTask task, LongConsumer then) {
        if (inSyncHint >= regionCount) {
            then.accept(-1);
            return;
        }
        request(task, RequestType.GET_RESYNC_WORK, NOTHING, 2 * Long.BYTES, (error, data) -> {
            boolean isWork = error == 0 && flag(RequestType.GET_RESYNC_WORK, data);
            long region = isWork ? word(RequestType.GET_RESYNC_WORK, data, 1) : -1;
            if (isWork && Long.compareUnsigned(region, regionCount) >= 0) {
                complain(RequestType.GET_RESYNC_WORK, "region " + region + " of " + regionCount);
                region = -1;
            }
            then.accept(region);
        });
    }

    void setRegionSync(KernelTask task, long region, boolean isInSync, Runnable then) {
        request(task, RequestType.SET_REGION_SYNC, words(region, isInSync ? 1 : 0), 0, (error, data) -> then.run());
    }

    /** 0 on error. */
    void syncCount(KernelTask task, LongConsumer then) {
        request(task, RequestType.GET_SYNC_COUNT, NOTHING, Long.BYTES, (error, data) -> {
            long count = error != 0 ? 0 : word(RequestType.GET_SYNC_COUNT, data, 0);
            if (count > regionCount) {
                complain(RequestType.GET_SYNC_COUNT, count + " of " + regionCount);
            }
            if (count >= regionCount) {
                inSyncHint = regionCount;
            }
            then.accept(count);
        });
    }

    /** Whether a write must wait; assumed without a question while another question was asked less than 250 ms ago. */
    void isRemoteRecovering(KernelTask task, long region, Consumer<Boolean> then) {
        if (region < inSyncHint) {
            then.accept(false);
            return;
        }
        if (!module.mayAskAboutRecovery()) {
            then.accept(true);
            return;
        }
        request(task, RequestType.IS_REMOTE_RECOVERING, words(region), 2 * Long.BYTES, (error, data) -> {
            if (error != 0) {
                then.accept(true);
                return;
            }
            boolean isRecovering = flag(RequestType.IS_REMOTE_RECOVERING, data);
            inSyncHint = word(RequestType.IS_REMOTE_RECOVERING, data, 1);
            if (Long.compareUnsigned(inSyncHint, regionCount) > 0) {
                complain(RequestType.IS_REMOTE_RECOVERING, "hint " + inSyncHint + " of " + regionCount);
            }
            then.accept(isRecovering);
        });
    }

    void statusInfo(KernelTask task, TextOutcome then) {
        request(task, RequestType.STATUS_INFO, NOTHING, STATUS_BYTES,
                (error, data) -> then.accept(error, new String(data, StandardCharsets.ISO_8859_1)));
    }

    /** MARK_REGION, CLEAR_REGION or FLUSH with these regions. */
    void send(KernelTask task, RequestType type, long[] regions, IntConsumer then) {
        request(task, type, words(regions), 0, (error, data) -> then.accept(error));
    }

    // ---- the wrapper: reconnects where nobody listens

    private void request(KernelTask task, RequestType type, byte[] payload, int capacity, Outcome then) {
        consult(task, type, payload, capacity, (error, data) -> {
            if (error == LogModule.ESRCH) {
                reconnect(task, () -> request(task, type, payload, capacity, then), then);
            } else {
                then.accept(error, data);
            }
        });
    }

    private void reconnect(KernelTask task, Runnable again, Outcome failed) {
        byte[] string = (table.constructorString() + '\0').getBytes(StandardCharsets.ISO_8859_1);
        module.timers().after(RECONNECT_MS, () -> task.then(() ->
                consult(task, RequestType.CTR, string, 0, (error, data) -> {
                    if (error != 0) {
                        reconnect(task, again, failed);
                        return;
                    }
                    consult(task, RequestType.RESUME, NOTHING, 0, (resumeError, nothing) -> {
                        if (resumeError == 0) {
                            again.run();
                        } else {
                            failed.accept(LogModule.ESRCH, NOTHING);
                        }
                    });
                })));
    }

    private void consult(KernelTask task, RequestType type, byte[] payload, int capacity, Outcome then) {
        task.waitFor(type);
        module.consult(luid, table.uuid(), type, payload, capacity, (error, data) -> {
            task.waitFor(null);
            task.then(() -> then.accept(error, data));
        });
    }

    // ---- words

    private static byte[] words(long... words) {
        ByteBuffer buffer = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.nativeOrder());
        for (long word : words) {
            buffer.putLong(word);
        }
        return buffer.array();
    }

    /** That word of the answer; bytes that are not there are whatever lay there before. */
    private long word(RequestType type, byte[] data, int index) {
        int from = index * Long.BYTES;
        if (data.length < from + Long.BYTES) {
            complain(type, "answer has only " + data.length + " bytes");
        }
        byte[] word = new byte[Long.BYTES];
        Arrays.fill(word, GARBAGE);
        int present = Math.max(0, Math.min(Long.BYTES, data.length - from));
        System.arraycopy(data, Math.min(from, data.length), word, 0, present);
        return ByteBuffer.wrap(word).order(ByteOrder.nativeOrder()).getLong();
    }

    /** The first word as a truth value: the kernel narrows it to int. */
    private boolean flag(RequestType type, byte[] data) {
        long value = word(type, data, 0);
        if (value != 0 && value != 1) {
            complain(type, "truth value " + value);
        }
        return (int) value != 0;
    }

    private void complain(RequestType type, String what) {
        module.complain(type + " " + table.uuid() + ": " + what);
    }
}
