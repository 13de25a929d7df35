package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Three machines write one mirror while daemons are killed, paused, cut off and restarted; and so is PostgreSQL. */
@Tag("cluster")
@Timeout(240)
class FailoverTest {
    private static Fleet fleet;
    private static boolean isBroken;

    @BeforeAll
    static void start() throws Exception {
        fleet = Fleet.start(3, "mirrorlog.shutdown.force=true");
        fleet.activate(fleet.diskTable());
    }

    @AfterAll
    static void stop() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    @AfterEach
    void heal() {
        fleet.net().heal();
        fleet.proxy().cutNothing();
    }

    /** A fleet that one trouble has left broken says nothing about the next one. */
    @ParameterizedTest
    @MethodSource("org.mirrorlog.fleet.Trouble#ofEveryRun")
    void shouldWriteOnAndLoseNothingAfter(Trouble trouble) throws Exception {
        assumeFalse(isBroken, "an earlier trouble has left the fleet broken");
        isBroken = true;
        trouble.befall(fleet);
        isBroken = false;
    }
}
