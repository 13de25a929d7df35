package org.mirrorlog.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mirrorlog.protocol.RequestArguments.RegionSync;

/** Protocol 2.1: arguments are taken whole or refused whole. */
class RequestArgumentsTest {
    private static final long REGION_COUNT = 17;
    private static final long MOST_REGIONS = 0xffff_ffffL;

    @Test
    void shouldReadRegionArraysInTheOrderSent() {
        assertArrayEquals(new long[] {16, 0, 3, 3},
                regions(RequestType.MARK_REGION, Samples.words(16, 0, 3, 3)).orElseThrow());
        assertArrayEquals(new long[0], regions(RequestType.FLUSH, new byte[0]).orElseThrow());
    }

    @Test
    void shouldReadFortyOneRegionsAndNoMore() {
        long[] most = LongStream.range(0, 41).map(i -> MOST_REGIONS - 1 - i).toArray();
        UlogRequest largest = Samples.request(RequestType.CLEAR_REGION, Samples.words(most));
        UlogRequest tooLarge = Samples.request(RequestType.CLEAR_REGION, Samples.words(new long[42]));

        assertArrayEquals(most, RequestArguments.regions(largest, MOST_REGIONS).orElseThrow());
        assertEquals(Optional.empty(), RequestArguments.regions(tooLarge, MOST_REGIONS));
        assertEquals(Optional.of("CLEAR_REGION names 42 regions, at most 41"),
                RequestArguments.problem(tooLarge, MOST_REGIONS));
    }

    @Test
    void shouldReadOneRegion() {
        assertEquals(OptionalLong.of(16),
                RequestArguments.region(Samples.request(RequestType.IN_SYNC, Samples.words(16)), 17));
        assertEquals(OptionalLong.of(0),
                RequestArguments.region(Samples.request(RequestType.IS_CLEAN, Samples.words(0)), 1));
    }

    @Test
    void shouldTakeAnyValueButZeroForInSync() {
        assertEquals(Optional.of(new RegionSync(3, true)), regionSync(Samples.words(3, 1)));
        assertEquals(Optional.of(new RegionSync(3, true)), regionSync(Samples.words(3, Long.MIN_VALUE)));
        assertEquals(Optional.of(new RegionSync(3, false)), regionSync(Samples.words(3, 0)));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(RequestType.MARK_REGION, Samples.words(1, 17),
                        "MARK_REGION names region 17, must be below 17"),
                Arguments.of(RequestType.CLEAR_REGION, Samples.words(-1, 1),
                        "CLEAR_REGION names region 18446744073709551615, must be below 17"),
                Arguments.of(RequestType.FLUSH, Samples.words(1, Long.MIN_VALUE),
                        "FLUSH names region 9223372036854775808, must be below 17"),
                Arguments.of(RequestType.FLUSH, new byte[7], "FLUSH payload has 7 bytes, must be a multiple of 8"),
                Arguments.of(RequestType.MARK_REGION, new byte[9],
                        "MARK_REGION payload has 9 bytes, must be a multiple of 8"),
                Arguments.of(RequestType.IN_SYNC, new byte[7], "IN_SYNC payload has 7 bytes, must have 8"),
                Arguments.of(RequestType.IS_CLEAN, new byte[0], "IS_CLEAN payload has 0 bytes, must have 8"),
                Arguments.of(RequestType.IS_REMOTE_RECOVERING, Samples.words(17),
                        "IS_REMOTE_RECOVERING names region 17, must be below 17"),
                Arguments.of(RequestType.IN_SYNC, Samples.words(-1),
                        "IN_SYNC names region 18446744073709551615, must be below 17"),
                Arguments.of(RequestType.SET_REGION_SYNC, new byte[15],
                        "SET_REGION_SYNC payload has 15 bytes, must have 16"),
                Arguments.of(RequestType.SET_REGION_SYNC, Samples.words(17, 1),
                        "SET_REGION_SYNC names region 17, must be below 17"));
    }

    @ParameterizedTest(name = "{2}")
    @MethodSource("refused")
    void shouldRefuseTheWholeRequestAndSayWhy(RequestType type, byte[] payload, String problem) {
        UlogRequest request = Samples.request(type, payload);

        assertEquals(Optional.of(problem), RequestArguments.problem(request, REGION_COUNT));
        assertEquals(false, isReadable(request));
    }

    @Test
    void shouldNameAnUnknownType() {
        UlogRequest request = new UlogRequest(1, "u", 2, 1, 0x112, new byte[0]);

        assertEquals(Optional.of("request type is 18, must be 1 to 17"),
                RequestArguments.problem(request, REGION_COUNT));
    }

    @ParameterizedTest
    @EnumSource
    void shouldFindAProblemExactlyWhereTheReaderRefuses(RequestType type) {
        byte[][] payloads = {new byte[0], new byte[5], new byte[8], new byte[12], new byte[16], new byte[24],
            Samples.words(16), Samples.words(17), Samples.words(16, 17), Samples.words(17, 16), Samples.words(-1, 0)};
        for (byte[] payload : payloads) {
            UlogRequest request = Samples.request(type, payload);

            assertEquals(isReadable(request), RequestArguments.problem(request, REGION_COUNT).isEmpty(),
                    () -> type + " with " + Arrays.toString(payload));
        }
    }

    private static boolean isReadable(UlogRequest request) {
        switch (request.type().orElseThrow()) {
            case MARK_REGION: case CLEAR_REGION: case FLUSH:
                return RequestArguments.regions(request, REGION_COUNT).isPresent();
            case IN_SYNC: case IS_CLEAN: case IS_REMOTE_RECOVERING:
                return RequestArguments.region(request, REGION_COUNT).isPresent();
            case SET_REGION_SYNC:
                return RequestArguments.regionSync(request, REGION_COUNT).isPresent();
            default:
                return true;
        }
    }

    private static Optional<long[]> regions(RequestType type, byte[] payload) {
        return RequestArguments.regions(Samples.request(type, payload), REGION_COUNT);
    }

    private static Optional<RegionSync> regionSync(byte[] payload) {
        return RequestArguments.regionSync(Samples.request(RequestType.SET_REGION_SYNC, payload), REGION_COUNT);
    }
}
