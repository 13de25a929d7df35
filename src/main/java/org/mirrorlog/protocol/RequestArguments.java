package org.mirrorlog.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads the regions out of a request's payload, all or nothing: an empty answer means EINVAL with no part of the
 * request applied, and {@link #problem} then says why.
 *
 * <p>Region numbers are u64 on the wire; only those below {@code regionCount} come through, so what is returned is
 * never negative. Region counts are 1 to 2^32-1. Pure functions; any thread.
 */
public final class RequestArguments {
    /** Most regions of one MARK_REGION, CLEAR_REGION or FLUSH; the kernel itself groups up to 32. */
    public static final int MAX_REGIONS = UlogCodec.MAX_REQUEST_PAYLOAD_BYTES / Long.BYTES;

    /**
     * The arguments of SET_REGION_SYNC.
     *
     * @param region below the region count
     * @param isInSync true for any value but 0
     */
    public record RegionSync(long region, boolean isInSync) { }

    private RequestArguments() { }

    /** The one region of IN_SYNC, IS_CLEAN, IS_REMOTE_RECOVERING; empty: EINVAL. */
    public static OptionalLong region(UlogRequest request, long regionCount) {
        byte[] payload = request.payload();
        if (payload.length < Long.BYTES) {
            return OptionalLong.empty();
        }
        long region = words(payload).getLong(0);
        return Long.compareUnsigned(region, regionCount) < 0 ? OptionalLong.of(region) : OptionalLong.empty();
    }

    /**
     * The regions of MARK_REGION, CLEAR_REGION, FLUSH in the order sent, none to 41 of them; empty Optional: EINVAL.
     */
    public static Optional<long[]> regions(UlogRequest request, long regionCount) {
        byte[] payload = request.payload();
        if (payload.length % Long.BYTES != 0 || payload.length / Long.BYTES > MAX_REGIONS) {
            return Optional.empty();
        }
        long[] regions = new long[payload.length / Long.BYTES];
        words(payload).asLongBuffer().get(regions);
        for (long region : regions) {
            if (Long.compareUnsigned(region, regionCount) >= 0) {
                return Optional.empty();
            }
        }
        return Optional.of(regions);
    }

    /** The region and the value of SET_REGION_SYNC; empty: EINVAL. */
    public static Optional<RegionSync> regionSync(UlogRequest request, long regionCount) {
        byte[] payload = request.payload();
        if (payload.length < 2 * Long.BYTES) {
            return Optional.empty();
        }
        ByteBuffer words = words(payload);
        long region = words.getLong(0);
        return Long.compareUnsigned(region, regionCount) < 0
                ? Optional.of(new RegionSync(region, words.getLong(Long.BYTES) != 0)) : Optional.empty();
    }

    /** For the log line of an EINVAL: what is wrong with the arguments and what is allowed; empty if nothing is. */
    public static Optional<String> problem(UlogRequest request, long regionCount) {
        RequestType type = request.type().orElse(null);
        if (type == null) {
            return Optional.of("request type is " + (request.wireType() & 0xff) + ", must be 1 to "
                    + RequestType.values().length);
        }
        switch (type) {
            case MARK_REGION: case CLEAR_REGION: case FLUSH:
                return arrayProblem(type, request.payload(), regionCount);
            case IN_SYNC: case IS_CLEAN: case IS_REMOTE_RECOVERING:
                return wordsProblem(type, 1, request.payload(), regionCount);
            case SET_REGION_SYNC:
                return wordsProblem(type, 2, request.payload(), regionCount);
            default:
                return Optional.empty();
        }
    }

    private static Optional<String> arrayProblem(RequestType type, byte[] payload, long regionCount) {
        if (payload.length % Long.BYTES != 0) {
            return Optional.of(type + " payload has " + payload.length + " bytes, must be a multiple of 8");
        }
        int count = payload.length / Long.BYTES;
        if (count > MAX_REGIONS) {
            return Optional.of(type + " names " + count + " regions, at most " + MAX_REGIONS);
        }
        ByteBuffer words = words(payload);
        for (int i = 0; i < count; i++) {
            long region = words.getLong(i * Long.BYTES);
            if (Long.compareUnsigned(region, regionCount) >= 0) {
                return Optional.of(rangeProblem(type, region, regionCount));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> wordsProblem(RequestType type, int count, byte[] payload, long regionCount) {
        if (payload.length < count * Long.BYTES) {
            return Optional.of(type + " payload has " + payload.length + " bytes, must have " + count * Long.BYTES);
        }
        long region = words(payload).getLong(0);
        return Long.compareUnsigned(region, regionCount) < 0 ? Optional.empty()
                : Optional.of(rangeProblem(type, region, regionCount));
    }

    private static String rangeProblem(RequestType type, long region, long regionCount) {
        return type + " names region " + Long.toUnsignedString(region) + ", must be below " + regionCount;
    }

    private static ByteBuffer words(byte[] payload) {
        return ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder());
    }
}
