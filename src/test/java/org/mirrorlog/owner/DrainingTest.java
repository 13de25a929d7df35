package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Logs are given away, and to no node again and again. */
class DrainingTest {
    private Set<String> members = Set.of("b", "c");
    private final AtomicLong nowMs = new AtomicLong();
    private final Draining draining = new Draining(() -> members, nowMs::get);
    private final List<String> told = new ArrayList<>();
    private final Runnable watcher = () -> told.add("look");

    private String why() {
        return draining.here().get("L").why();
    }

    @Test
    void shouldTellOwnersHereAtEachOrder() {
        draining.came("L", watcher);
        draining.set(true);
        draining.set(true);
        assertTrue(draining.isOn() && draining.here().get("L").isMoving());
        draining.went("L", () -> { });
        draining.set(false);
        assertEquals(List.of("look", "look", "look"), told);
        assertFalse(draining.here().get("L").isMoving());

        draining.went("L", watcher);
        draining.set(true);
        assertEquals(3, told.size());
        assertEquals(Set.of(), draining.here().keySet());
    }

    @Test
    void shouldTryOneNodeAfterTheOtherAndEachOnceAMinute() {
        draining.came("L", watcher);
        draining.set(true);

        assertEquals(Optional.of("b"), draining.next("L", List.of("b", "c")));
        assertTrue(draining.here().get("L").isMoving());
        assertEquals(Optional.of("c"), draining.next("L", List.of("b", "c")));
        assertEquals(Optional.empty(), draining.next("L", List.of("b", "c")));
        assertTrue(why().startsWith("it has come back") && !draining.here().get("L").isMoving(), why());
        assertEquals(Optional.of("b"), draining.next("M", List.of("b")), "another log");

        nowMs.set(59_999);
        assertEquals(Optional.empty(), draining.next("L", List.of("b")));
        nowMs.set(60_000);
        assertEquals(Optional.of("b"), draining.next("L", List.of("b")));
        draining.set(true);
        assertEquals(Optional.of("b"), draining.next("L", List.of("b")), "the order was given again");
    }

    @Test
    void shouldSayWhyALogStays() {
        draining.came("L", watcher);
        draining.set(true);

        assertEquals(Optional.empty(), draining.next("L", List.of()));
        assertEquals("no other node that uses it could serve it", why());
        assertEquals(Optional.empty(), draining.next("L", List.of("d")));
        assertEquals("the other nodes that use it are out of reach", why());
        members = Set.of();
        assertTrue(draining.isAlone());
    }
}
