package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.process.StartException;

/** Nobody but one daemon writes where live records are: what another one left there could be believed. */
class RecordsPlaceTest {
    @TempDir
    private Path dir;
    private Path lasting;
    private Path live;

    @BeforeEach
    void make() {
        lasting = dir.resolve("data/instances");
        live = dir.resolve("run/records");
    }

    private static Path isAt(RecordsPlace place) {
        try (place) {
            return place.places().live();
        }
    }

    @Test
    void s3ShouldRefuseASecondDaemonInALine() throws StartException {
        try (RecordsPlace held = RecordsPlace.hold(lasting, live)) {
            StartException refused = assertThrows(StartException.class,
                    () -> RecordsPlace.hold(dir.resolve("other/instances"), live));

            assertTrue(refused.getMessage().startsWith("mirrorlog.kernel.records-dir: another mirrorlogd, process "
                    + ProcessHandle.current().pid()), refused.getMessage());
            assertEquals(1, refused.getMessage().lines().count());
            assertEquals(live, held.places().live());
        }
        assertEquals(live, isAt(RecordsPlace.hold(dir.resolve("other/instances"), live)));
    }

    @Test
    void shouldMakeItForItsUserAlone() throws StartException, IOException {
        assertEquals(live, isAt(RecordsPlace.hold(lasting, live)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(live)));
    }

    @Test
    void s3ShouldKeepRecordsInTheDataDirectoryWhereOthersMayWrite() throws StartException, IOException {
        Files.createDirectories(live);
        Files.setPosixFilePermissions(live, PosixFilePermissions.fromString("rwxrwx---"));

        assertEquals(lasting, isAt(RecordsPlace.hold(lasting, live)));
    }

    @Test
    void s3ShouldFollowNoSymbolicLink() throws StartException, IOException {
        Files.createDirectories(live.getParent());
        Files.createSymbolicLink(live, Files.createDirectory(dir.resolve("elsewhere")));

        assertEquals(lasting, isAt(RecordsPlace.hold(lasting, live)));
        try (var files = Files.list(dir.resolve("elsewhere"))) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void shouldRefuseADirectoryOfRecordsThatIsADataDirectorysOwn() throws IOException {
        Files.createFile(Files.createDirectories(live).resolve("starts"));

        StartException refused = assertThrows(StartException.class, () -> RecordsPlace.hold(lasting, live));

        assertTrue(refused.getMessage().contains("belongs to a data directory"), refused.getMessage());
    }

    @Test
    void shouldTakeItAgainWhereItWasRemoved() throws StartException, IOException {
        try (RecordsPlace held = RecordsPlace.hold(lasting, live)) {
            try (var files = Files.list(live)) {
                for (Path each : files.toList()) {
                    Files.delete(each);
                }
            }
            Files.delete(live);

            held.places().keeper().make(live);

            assertThrows(StartException.class, () -> RecordsPlace.hold(dir.resolve("other/instances"), live));
        }
        assertFalse(isAt(RecordsPlace.hold(lasting, lasting)).equals(live));
    }
}
