package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** Every cell of the state table, protocol 3.3. */
class StateTableTest {
    private static final long L1 = 0xffff888012345600L;
    private static final int REGIONS = 64;

    /** How a table gets where the column says; JOINING and LEAVING last as long as the owner is silent. */
    private enum State {
        UNKNOWN(m -> { }),
        CONSTRUCTED(m -> m.construct(L1, "65536 clustered-core 1024 nosync")),
        ACTIVE(m -> {
            CONSTRUCTED.reach.accept(m);
            m.ask(L1, RequestType.RESUME);
            m.ask(L1, RequestType.GET_SYNC_COUNT);
        }),
        PRESUSPENDED(m -> {
            ACTIVE.reach.accept(m);
            m.ask(L1, RequestType.PRESUSPEND);
        }),
        SUSPENDED(m -> {
            PRESUSPENDED.reach.accept(m);
            m.ask(L1, RequestType.POSTSUSPEND);
        }),
        JOINING(m -> {
            SUSPENDED.reach.accept(m);
            m.isOwnerSilent = true;
            m.ask(L1, RequestType.RESUME);
        }),
        LEAVING(m -> {
            PRESUSPENDED.reach.accept(m);
            m.isOwnerSilent = true;
            m.ask(L1, RequestType.POSTSUSPEND);
        });

        private final Consumer<OneMachine> reach;

        State(Consumer<OneMachine> reach) {
            this.reach = reach;
        }
    }

    /**
     * What only a running table's kernel asks proves a suspended one resumed, and joins the log (D17).
     * {@code never}: this copy is dropped, the kernel sends the next one; {@code later}: answered with success once the
     * owner speaks again.
     */
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            request              | UNKNOWN | CONSTRUCTED | SUSPENDED | JOINING | ACTIVE | PRESUSPENDED | LEAVING
            DTR                  | ok      | ok          | ok        | later   | ok     | ok           | later
            PRESUSPEND           | EINVAL  | EINVAL      | EINVAL    | ok      | ok     | ok           | ok
            POSTSUSPEND          | ENOENT  | ok          | ok        | later   | ok     | ok           | later
            RESUME               | ok      | ok          | ok        | later   | ok     | ok           | later
            GET_REGION_SIZE      | EINVAL  | 1024        | 1024      | 1024    | 1024   | 1024         | 1024
            GET_SYNC_COUNT       | ESRCH   | 0           | 63        | 63      | 64     | 64           | 63
            STATUS_INFO          | ESRCH   | info        | info      | info    | info   | info         | info
            STATUS_TABLE         | EINVAL  | table       | table     | table   | table  | table        | table
            IN_SYNC              | ESRCH   | 1           | 1         | never   | 1      | 1            | never
            IS_CLEAN             | ESRCH   | 0           | 0         | 0       | 1      | 1            | 0
            MARK_REGION          | ESRCH   | ok          | ok        | never   | ok     | ok           | never
            FLUSH                | ESRCH   | ok          | ok        | never   | ok     | ok           | never
            CLEAR_REGION         | ESRCH   | ok          | ok        | never   | ok     | ok           | ok
            GET_RESYNC_WORK      | ESRCH   | none        | none      | never   | none   | none         | never
            SET_REGION_SYNC      | ESRCH   | ok          | ok        | never   | ok     | ok           | never
            IS_REMOTE_RECOVERING | ESRCH   | go          | go        | never   | go     | go           | never
            """)
    void shouldAnswerAsTheTableSays(RequestType request, String unknown, String constructed, String suspended,
            String joining,
                                    String active, String presuspended, String leaving) {
        assertAnswer(unknown, request, State.UNKNOWN);
        assertAnswer(constructed, request, State.CONSTRUCTED);
        assertAnswer(suspended, request, State.SUSPENDED);
        assertAnswer(joining, request, State.JOINING);
        assertAnswer(active, request, State.ACTIVE);
        assertAnswer(presuspended, request, State.PRESUSPENDED);
        assertAnswer(leaving, request, State.LEAVING);
    }

    private static void assertAnswer(String expected, RequestType request, State state) {
        OneMachine machine = new OneMachine("boot-1", 1);
        state.reach.accept(machine);

        Reply now = machine.ask(L1, request, arguments(request));
        machine.isOwnerSilent = false;
        machine.pass(2_000);
        Reply later = machine.latestReply();

        assertEquals(expected, now != null ? words(now, request) : later != null ? "later" : "never",
                request + " of a table that is " + state);
        assertEquals(later, expected.equals("later") ? Reply.done() : now, "answered once, with success if late");
    }

    private static long[] arguments(RequestType request) {
        switch (request) {
            case IN_SYNC: case IS_CLEAN: case MARK_REGION: case FLUSH: case CLEAR_REGION: case IS_REMOTE_RECOVERING:
                return new long[] {5};
            case SET_REGION_SYNC:
                return new long[] {5, 1};
            default:
                return new long[0];
        }
    }

    private static String words(Reply reply, RequestType request) {
        for (Errno errno : Errno.values()) {
            if (reply.error() == -errno.number()) {
                return errno.toString();
            }
        }
        if (reply.equals(Reply.done())) {
            return "ok";
        }
        switch (request) {
            case STATUS_INFO:
                return reply.equals(Reply.text("1 clustered-core")) ? "info" : "wrong info";
            case STATUS_TABLE:
                return reply.equals(Reply.text("clustered-core 1024 nosync  ")) ? "table" : "wrong table";
            case GET_RESYNC_WORK:
                return reply.equals(Reply.noWork()) ? "none" : "work";
            case IS_REMOTE_RECOVERING:
                return reply.equals(Reply.remoteRecovering(false, REGIONS)) ? "go" : "wait";
            default:
                return number(reply);
        }
    }

    private static String number(Reply reply) {
        for (long value : new long[] {0, 1, REGIONS - 1, REGIONS, 1024}) {
            if (reply.equals(Reply.number(value))) {
                return Long.toString(value);
            }
        }
        return "another number";
    }
}
