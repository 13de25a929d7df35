package org.mirrorlog.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.protocol.StatusText.Health;

/** Protocol 4.3, byte for byte. */
class StatusTextTest {
    @Test
    void shouldDescribeACoreLog() {
        assertEquals("1 clustered-core", StatusText.coreInfo());
        assertEquals(16, Reply.text(StatusText.coreInfo()).payloadSize());
    }

    @ParameterizedTest
    @CsvSource({"ALIVE, 3 clustered-disk 254:3 A", "DEAD, 3 clustered-disk 254:3 D",
            "FLUSH_FAILED, 3 clustered-disk 254:3 F"})
    void shouldDescribeADiskLogWithItsHealth(Health health, String text) {
        assertEquals(text, StatusText.diskInfo("clustered-disk", 254, 3, health));
        assertEquals(text.replace("clustered-", ""), StatusText.diskInfo("disk", 254, 3, health));
    }

    @ParameterizedTest
    @CsvSource(ignoreLeadingAndTrailingWhitespace = false, value = {
        "9 clustered-core 1024,clustered-core 1024  ",
        "9 clustered-core 1024 nosync,clustered-core 1024 nosync  ",
        "9 clustered-core 1024 sync,clustered-core 1024 sync  ",
        "9 clustered-core 1024 block_on_error,clustered-core 1024 block_on_error ",
        "9 clustered-core 1024 block_on_error sync,clustered-core 1024 sync block_on_error "})
    void shouldEchoTheTableOfACoreLogWithItsBlanks(String constructor, String text) {
        assertEquals(text, StatusText.coreTable(spec(constructor)));
    }

    @ParameterizedTest
    @CsvSource(ignoreLeadingAndTrailingWhitespace = false, value = {
        "9 clustered-disk 254:3 1024,clustered-disk 254:3 1024  ",
        "9 clustered-disk /dev/log 1024 block_on_error,clustered-disk 254:3 1024 block_on_error ",
        "9 clustered-disk 254:3 2147483648 nosync block_on_error,clustered-disk 254:3 2147483648 nosync"
        + " block_on_error "})
    void shouldEchoTheTableOfADiskLogWithTheNumbersOfItsDevice(String constructor, String text) {
        assertEquals(text, StatusText.diskTable(spec(constructor), 254, 3));
    }

    @Test
    void shouldRefuseTheOtherTypesSpec() {
        assertThrows(IllegalArgumentException.class, () -> StatusText.coreTable(spec("9 clustered-disk 254:3 8")));
        assertThrows(IllegalArgumentException.class, () -> StatusText.diskTable(spec("9 clustered-core 8"), 254, 3));
    }

    private static LogSpec spec(String constructor) {
        return assertInstanceOf(ConstructorString.Parsed.class,
                ConstructorString.parse(Samples.latin1(constructor))).spec();
    }
}
