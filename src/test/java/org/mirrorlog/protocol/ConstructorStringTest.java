package org.mirrorlog.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mirrorlog.protocol.LogSpec.LogType;
import org.mirrorlog.protocol.LogSpec.SyncMode;

class ConstructorStringTest {
    private static final String SIZE = "a power of two, 2 to 2147483648 sectors";
    private static final String NUMBER = ", decimal or 0x hexadecimal, no sign";
    private static final String DEVICE = "an absolute path, or major:minor up to 4095:1048575";
    private static final String CORE_USAGE = "<length> clustered-core <region_size> [sync|nosync] [block_on_error]";
    private static final String DISK_USAGE =
            "<length> clustered-disk <device> <region_size> [sync|nosync] [block_on_error]";
    private static final String TYPES = "clustered-core or clustered-disk";

    static Stream<Arguments> good() {
        return Stream.of(
                Arguments.of("2097152 clustered-core 1024", core(2097152, 1024, SyncMode.DEFAULT, false)),
                Arguments.of("2097152 clustered-core 1024 nosync", core(2097152, 1024, SyncMode.NOSYNC, false)),
                Arguments.of("2097152 clustered-core 1024 sync", core(2097152, 1024, SyncMode.SYNC, false)),
                Arguments.of("1 clustered-core 2 block_on_error nosync", core(1, 2, SyncMode.NOSYNC, true)),
                Arguments.of("1 clustered-core 2 nosync sync", core(1, 2, SyncMode.SYNC, false)),
                Arguments.of("1 clustered-core 2 sync nosync", core(1, 2, SyncMode.NOSYNC, false)),
                Arguments.of("0xFfffF clustered-core 0x80000000", core(0xfffff, 1L << 31, SyncMode.DEFAULT, false)),
                Arguments.of("0x200000 clustered-core 0X400", core(2097152, 1024, SyncMode.DEFAULT, false)),
                Arguments.of("0064 clustered-core 0064", core(64, 64, SyncMode.DEFAULT, false)),
                Arguments.of("9223372034707292160 clustered-core 2147483648",
                        core(0xffff_ffffL << 31, 1L << 31, SyncMode.DEFAULT, false)),
                Arguments.of("2097152 clustered-core 1024   ", core(2097152, 1024, SyncMode.DEFAULT, false)),
                Arguments.of("2097152 clustered-disk 254:3 1024",
                        disk(2097152, "254:3", 1024, SyncMode.DEFAULT, false)),
                Arguments.of("52428800 clustered-disk /dev/mapper/vg-lv_mlog 2048 nosync",
                        disk(52428800, "/dev/mapper/vg-lv_mlog", 2048, SyncMode.NOSYNC, false)),
                Arguments.of("9 clustered-disk 4095:1048575 8 sync block_on_error",
                        disk(9, "4095:1048575", 8, SyncMode.SYNC, true)),
                Arguments.of("9 clustered-disk 0:0 8", disk(9, "0:0", 8, SyncMode.DEFAULT, false)),
                Arguments.of("9 clustered-disk /dev/\u00c3\u00a4 8",
                        disk(9, "/dev/\u00c3\u00a4", 8, SyncMode.DEFAULT, false)),
                Arguments.of("9 clustered-disk /" + "d".repeat(126) + " 8",
                        disk(9, "/" + "d".repeat(126), 8, SyncMode.DEFAULT, false)));
    }

    @ParameterizedTest
    @MethodSource("good")
    void shouldReadWhatTheTableSays(String text, LogSpec spec) {
        assertEquals(new ConstructorString.Parsed(spec, false, text, List.of()),
                ConstructorString.parse(Samples.latin1(text)));
    }

    @ParameterizedTest
    @MethodSource("good")
    void shouldKnowTheReconnectFormByItsNul(String text, LogSpec spec) {
        assertEquals(new ConstructorString.Parsed(spec, true, text, List.of()),
                ConstructorString.parse(Samples.latin1(text + '\0')));
    }

    @Test
    void shouldNameUnknownOptionsAndIgnoreThem() {
        ConstructorString.Parsed parsed = assertInstanceOf(ConstructorString.Parsed.class,
                ConstructorString.parse(Samples.latin1("9 clustered-core 8 NoSync future=1")));

        assertEquals(List.of("NoSync", "future=1"), parsed.ignoredOptions());
        assertEquals(SyncMode.DEFAULT, parsed.spec().sync());
    }

    static Stream<Arguments> bad() {
        return Stream.of(
                problem("", "length is missing", "<length> clustered-core|clustered-disk ..."),
                problem("   ", "length is missing", "<length> clustered-core|clustered-disk ..."),
                problem(" 9 clustered-core 8", "empty word at byte 0", "one blank between words"),
                problem("9  clustered-core 8", "empty word at byte 2", "one blank between words"),
                problem("9 clustered-core  8 ", "empty word at byte 17", "one blank between words"),
                problem("9\tclustered-core 8", "byte 1 is 0x09", "no control characters"),
                problem("9 clustered-core 8\n", "byte 18 is 0x0a", "no control characters"),
                problem("9 clustered-core 8\u007f", "byte 18 is 0x7f", "no control characters"),
                problem("9 clustered\0core 8", "byte 11 is 0x00", "no control characters"),
                problem("9 clustered-core 8\0\0", "byte 18 is 0x00", "no control characters"),
                problem("9", "log type is missing", TYPES),
                problem("9 core 8", "log type is \"core\"", TYPES),
                problem("9 CLUSTERED-CORE 8", "log type is \"CLUSTERED-CORE\"", TYPES),
                problem("9 userspace 8", "log type is \"userspace\"", TYPES),
                problem("clustered-core 8", "length is \"clustered-core\"", "1 or more sectors" + NUMBER),
                problem("0 clustered-core 8", "length is 0", "1 or more sectors"),
                problem("-9 clustered-core 8", "length is \"-9\"", "1 or more sectors" + NUMBER),
                problem("+9 clustered-core 8", "length is \"+9\"", "1 or more sectors" + NUMBER),
                problem("9s clustered-core 8", "length is \"9s\"", "1 or more sectors" + NUMBER),
                problem("0x clustered-core 8", "length is \"0x\"", "1 or more sectors" + NUMBER),
                problem("\u00b2 clustered-core 8", "length is \"\\xb2\"", "1 or more sectors" + NUMBER),
                problem("9223372036854775808 clustered-core 8", "length is \"9223372036854775808\"",
                        "1 or more sectors, less than 2^63"),
                problem("9223372034707292161 clustered-core 2147483648",
                        "length 9223372034707292161 makes 4294967296 regions of 2147483648 sectors",
                        "at most 4294967295 regions; take a larger region_size"),
                problem("9 clustered-core", "region_size is missing", CORE_USAGE),
                problem("9 clustered-core ", "region_size is missing", CORE_USAGE),
                problem("9 clustered-core 0", "region_size is 0", SIZE),
                problem("9 clustered-core 1", "region_size is \"1\"", SIZE),
                problem("9 clustered-core 1000", "region_size is \"1000\"", SIZE),
                problem("9 clustered-core 4294967296", "region_size is \"4294967296\"", SIZE),
                problem("9 clustered-core 0x100000000000000000", "region_size is \"0x100000000000000000\"",
                        SIZE + ", less than 2^63"),
                problem("9 clustered-core -8", "region_size is \"-8\"", SIZE + NUMBER),
                problem("9 clustered-core 8k", "region_size is \"8k\"", SIZE + NUMBER),
                problem("9 clustered-core 0xg", "region_size is \"0xg\"", SIZE + NUMBER),
                problem("9 clustered-core nosync", "region_size is \"nosync\"", SIZE + NUMBER),
                problem("9 clustered-core 254:3 8", "region_size is \"254:3\"", SIZE + NUMBER),
                problem("9 clustered-core 8 sync nosync block_on_error", "3 options after region_size", "at most 2"),
                problem("9 clustered-disk", "device is missing", DISK_USAGE),
                problem("9 clustered-disk 254:3", "region_size is missing", DISK_USAGE),
                problem("9 clustered-disk 1024", "device is \"1024\"", DEVICE),
                problem("9 clustered-disk 1024 nosync", "device is \"1024\"", DEVICE),
                problem("9 clustered-disk sda 8", "device is \"sda\"", DEVICE),
                problem("9 clustered-disk / 8", "device is \"/\"", DEVICE),
                problem("9 clustered-disk : 8", "device is \":\"", DEVICE),
                problem("9 clustered-disk 254: 8", "device is \"254:\"", DEVICE),
                problem("9 clustered-disk :3 8", "device is \":3\"", DEVICE),
                problem("9 clustered-disk 254:-3 8", "device is \"254:-3\"", DEVICE),
                problem("9 clustered-disk 254:3:1 8", "device is \"254:3:1\"", DEVICE),
                problem("9 clustered-disk 4096:0 8", "device is \"4096:0\"", DEVICE),
                problem("9 clustered-disk 0:1048576 8", "device is \"0:1048576\"", DEVICE),
                problem("9 clustered-disk 0:99999999999999999999 8", "device is \"0:99999999999999999999\"", DEVICE),
                problem("9 clustered-disk /" + "d".repeat(127) + " 8", "device has 128 bytes", "at most 127"),
                problem("9 clustered-disk 254:3 8 sync nosync block_on_error", "3 options after region_size",
                        "at most 2"),
                problem("9 clustered-core 8 " + "x".repeat(314), "has 333 bytes", "at most 332"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void shouldSayWhatIsWrongAndWhatIsAllowed(String text, String problem) {
        assertEquals(new ConstructorString.Problem(Errno.EINVAL, problem),
                ConstructorString.parse(Samples.latin1(text)));
    }

    @Test
    void shouldTakeTheLongestStrings() {
        String text = "9 clustered-core 8 " + "x".repeat(312);

        assertInstanceOf(ConstructorString.Parsed.class, ConstructorString.parse(Samples.latin1(text + 'x')));
        assertInstanceOf(ConstructorString.Parsed.class, ConstructorString.parse(Samples.latin1(text + '\0')));
        assertTrue(problemOf(text + "x\0").contains("has 333 bytes"));
    }

    @Test
    void shouldAnswerEveryPrefix() {
        String text = "2097152 clustered-disk 254:3 1024 nosync block_on_error";

        for (int length = 0; length < "2097152 clustered-disk 254:3 1".length(); length++) {
            assertTrue(problemOf(text.substring(0, length)).startsWith("constructor string: "));
        }
    }

    private static String problemOf(String text) {
        return assertInstanceOf(ConstructorString.Problem.class, ConstructorString.parse(Samples.latin1(text)),
                text).text();
    }

    private static Arguments problem(String text, String what, String allowed) {
        return Arguments.of(text, "constructor string: " + what + "; allowed: " + allowed);
    }

    private static LogSpec core(long lengthSectors, long regionSizeSectors, SyncMode sync, boolean isBlockOnError) {
        return new LogSpec(lengthSectors, LogType.CORE, Optional.empty(), regionSizeSectors, sync, isBlockOnError);
    }

    private static LogSpec disk(long lengthSectors, String device, long regionSizeSectors, SyncMode sync,
                                boolean isBlockOnError) {
        return new LogSpec(lengthSectors, LogType.DISK, Optional.of(device), regionSizeSectors, sync, isBlockOnError);
    }
}
