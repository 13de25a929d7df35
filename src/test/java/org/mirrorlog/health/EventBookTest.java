package org.mirrorlog.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The book of events, and what finds out that something has happened. */
class EventBookTest {
    private final AtomicLong wallMs = new AtomicLong(1_000);
    private final EventBook book = new EventBook(wallMs::get);
    private final NewsLook look = new NewsLook("a");

    private static News news(String says) {
        return News.of(EventKind.DAEMON_READY, "this node", says);
    }

    private List<String> after(long id) {
        return book.after(id, EventBook.MOST + 1).stream().map(event -> event.news().kind()
                == EventKind.EVENTS_MISSING ? "missing" : event.news().says()).toList();
    }

    @Test
    void shouldMissNothingForWhoFollowsFromBeforeTheFirst() {
        assertEquals(List.of(), after(0));
        book.add(news("one"));
        assertEquals(List.of("one"), after(0));
        for (int i = 0; i < EventBook.MOST; i++) {
            book.add(news("more"));
        }
        assertEquals("missing", after(0).get(0));
    }

    @Test
    void shouldGiveIdsThatGrowAlsoOverAClockThatGoesBackAndARestart() {
        book.add(news("one"));
        wallMs.set(2_000);
        book.add(news("two"));
        wallMs.set(500);
        book.add(news("three"));
        book.add(news("four"));

        List<Event> all = book.after(book.beforeTheLast(10), 10);

        assertEquals(List.of(1_000_000L, 2_000_000L, 2_000_001L, 2_000_002L), all.stream().map(Event::id).toList());
        assertEquals(List.of(1_000L, 2_000L, 500L, 500L), all.stream().map(Event::atMs).toList());
        assertEquals(2_000_002L, book.last());
        wallMs.set(3_000);
        EventBook next = new EventBook(wallMs::get);
        next.add(news("five"));
        assertTrue(next.last() > book.last());
        assertEquals(EventKind.EVENTS_MISSING, next.after(book.last(), 10).get(0).news().kind());
    }

    @Test
    void shouldGoOnBehindTheLastOneThatIsKnown() {
        assertEquals(List.of(), after(0));
        IntStream.range(0, 5).forEach(i -> book.add(news("" + i)));
        long first = book.beforeTheLast(5);

        assertEquals(List.of("0", "1", "2", "3", "4"), after(first));
        assertEquals(List.of("2", "3", "4"), after(first + 2));
        assertEquals(List.of(), after(book.last()));
        assertEquals(List.of("3", "4"), after(book.beforeTheLast(2)));
        assertEquals(List.of(), after(book.beforeTheLast(0)));
        assertEquals(2, book.after(first, 2).size());
    }

    @Test
    void shouldKeepTheNewestAndSayThatOthersAreMissing() {
        IntStream.range(0, EventBook.MOST + 3).forEach(i -> book.add(news("" + i)));
        long third = book.last() - EventBook.MOST;

        assertEquals(EventBook.MOST, after(third).size());
        assertEquals("3", after(third).get(0));
        assertEquals(List.of("missing", "3", "4"), after(third - 1).subList(0, 3));
        assertEquals(EventBook.MOST + 1, after(1).size());
        assertEquals("missing", after(book.last() + 1).get(0), "of a run whose clock was ahead");
        List<Event> lost = book.after(1, 3);
        assertEquals(3, lost.size());
        assertEquals(List.of("3"), book.after(lost.get(0).id(), 1).stream().map(one -> one.news().says()).toList(),
                "the note is a place to go on from");
        assertEquals(EventBook.MOST, after(book.beforeTheLast(EventBook.MOST)).size());
    }

    @Test
    void shouldCutLongTexts() {
        book.add(News.of(EventKind.OPERATOR_ACTION, "x".repeat(5_000), "y".repeat(5_000)));

        News kept = book.after(book.beforeTheLast(1), 1).get(0).news();
        assertEquals(News.LONGEST, kept.subject().length());
        assertTrue(kept.says().endsWith("yyy..."));
    }

    private static List<String> told(List<News> news) {
        return news.stream().map(one -> one.kind() + " " + one.subject() + ": " + one.says()).toList();
    }

    @Test
    void shouldTellOfTablesThatComeGoAndChange() {
        assertEquals(List.of("TABLE_CAME log a/7: its mirror is suspended", "TABLE_CAME log b/8: its mirror is in use"),
                told(look.tables(Map.of("log a/7", false, "log b/8", true))));

        Map<String, Boolean> joining = new HashMap<>(Map.of("log b/8", true));
        joining.put("log a/7", null);
        assertEquals(List.of(), told(look.tables(joining)), "neither the one nor the other");
        assertEquals(List.of("TABLE_ACTIVE log a/7: its mirror was resumed",
                "TABLE_SUSPENDED log b/8: its mirror was suspended"),
                told(look.tables(Map.of("log a/7", true, "log b/8", false))));
        assertEquals(List.of("TABLE_GONE log a/7: its kernel has no such table any more",
                "TABLE_GONE log b/8: its kernel has no such table any more"), told(look.tables(Map.of())));
        assertEquals(List.of(), told(look.tables(Map.of())));
    }

    @Test
    void shouldTellOfNodesWhoseStateChanges() {
        NewsLook.State up = new NewsLook.State(EventKind.NODE_UP, "is a member");

        assertEquals(List.of("NODE_UP node b: it is a member"), told(look.nodes(Map.of("node b", up))));
        assertEquals(List.of(), told(look.nodes(Map.of("node b", up))));
        assertEquals(List.of("NODE_UNDECIDED node b: it may write"), told(look.nodes(Map.of("node b",
                new NewsLook.State(EventKind.NODE_UNDECIDED, "may write")))));
    }

    @Test
    void shouldTellWhereOwnersRunAndWhenAResyncBeginsAndEnds() {
        assertEquals(List.of(), logs("", 0, false), "nothing is known yet");
        assertEquals(List.of("OWNER_HERE log x: its owner runs on this node"), logs("a", 0, false));
        assertEquals(List.of("RESYNC_BEGAN log x: 8 of 10 regions are out of sync"), logs("a", 2, true));
        assertEquals(List.of(), logs("a", 5, false), "a suspended mirror does not end it");
        assertEquals(List.of(), told(look.logs(Map.of(), List.of("log x"))), "silent: as before");
        assertEquals(List.of("OWNER_ELSEWHERE log x: its owner runs on node b, before on this one"),
                logs("b", 6, true));
        assertEquals(List.of("RESYNC_ENDED log x: all 10 regions are in sync"), logs("", 10, true));
        assertEquals(List.of("OWNER_HERE log x: its owner runs on this node, before on b"), logs("a", 10, true));
        assertEquals(List.of(), told(look.logs(Map.of(), List.of())));
        assertEquals(List.of("OWNER_HERE log x: its owner runs on this node"), logs("a", 10, true), "forgotten before");
    }

    private List<String> logs(String owner, long inSync, boolean isInUse) {
        return told(look.logs(Map.of("log x", new NewsLook.Log(owner, inSync, 10, isInUse)), List.of()));
    }
}
