package org.mirrorlog.process;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class OpenFilesTest {
    private static String limits(String soft) {
        return "Limit                     Soft Limit           Hard Limit           Units     \n"
                + "Max processes             64                   64                   processes \n"
                + "Max open files            " + soft + "                  1048576              files     \n";
    }

    @Test
    void shouldSayInOneLineThatTheLimitIsTooLow() {
        StartException refusal = assertThrows(StartException.class, () -> OpenFiles.check(limits("64")));

        assertEquals("open files are limited to 64 (ulimit -n, LimitNOFILE=); 512 are needed", refusal.getMessage());
    }

    @Test
    void shouldBeContentWithEnough() {
        assertDoesNotThrow(() -> OpenFiles.check(limits("512")));
        assertDoesNotThrow(() -> OpenFiles.check(limits("unlimited")));
        assertDoesNotThrow(OpenFiles::require);
    }
}
