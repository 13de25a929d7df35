package org.mirrorlog.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.fencing.StillConnectedException;

/** What a node's state is made of, and what people are told. */
class NodeStateTest {
    @ParameterizedTest
    @CsvSource({
        // member, reach, leaving, removed, booted | declared, mayWrite
        "true,  true,  false, false, false, false, true,  UP",
        "true,  true,  true,  false, false, false, true,  LEAVING",
        "true,  false, false, false, false, false, true,  UNREACHABLE",
        "true,  false, true,  false, false, false, false, UNREACHABLE",
        "false, false, false, false, false, false, false, STOPPED",
        "false, false, false, false, false, false, true,  UNDECIDED",
        "false, false, false, true,  false, false, false, UNDECIDED",
        "false, false, false, true,  true,  false, true,  OVER",
        "false, false, false, true,  true,  true,  true,  DEAD",
        "true,  true,  false, false, false, true,  true,  DEAD",
    })
    void shouldBe(boolean isMember, boolean isWithinReach, boolean isLeaving, boolean isRemoved, boolean hasBooted,
            boolean isDeclared, boolean mayWrite, NodeState state) {
        assertEquals(state, NodeState.of(new NodeState.Facts(isMember, isWithinReach, isLeaving, isRemoved, hasBooted),
                isDeclared, mayWrite));
    }

    /** Programs rely on these. */
    @Test
    void shouldHaveWordsThatStay() {
        assertEquals(List.of("up", "leaving", "unreachable", "stopped", "undecided", "over", "dead"),
                Arrays.stream(NodeState.values()).map(NodeState::word).toList());
    }

    /** Nobody is asked to see to the machine of one that is connected, over or dead. */
    @Test
    void shouldKnowWhoMayWriteUnheard() {
        assertEquals(List.of(NodeState.UNREACHABLE, NodeState.STOPPED, NodeState.UNDECIDED),
                Arrays.stream(NodeState.values()).filter(NodeState::isSilent).toList());
    }

    @Test
    void shouldSayOfAConnectedNodeWhatItsStateSays() {
        assertEquals("node b (boot id boot-b) " + NodeState.UP.says() + ": it is not dead",
                new StillConnectedException(new NodeIdentity("b", "boot-b")).getMessage());
    }
}
