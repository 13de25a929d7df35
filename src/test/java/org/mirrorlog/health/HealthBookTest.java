package org.mirrorlog.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is wrong and since when: the book, and those who look at clocks, disks and resyncs. */
class HealthBookTest {
    private final HealthBook book = new HealthBook();
    private final AtomicLong wallMs = new AtomicLong(1_000_000);
    private final AtomicLong steadyMs = new AtomicLong(50);

    private static Concern held(String log, String why) {
        return new Concern(HealthCode.MIRROR_LOG_HELD, log, why);
    }

    @Test
    void shouldKeepSinceWhenWhateverTheReasonAndForgetWhatIsOver() {
        assertEquals("unknown", book.report().status());

        book.look(List.of(held("log a", "one"), new Concern(HealthCode.CLOCK_JUMP, "this node", "back")), 10);
        book.look(List.of(held("log a", "two"), held("log b", "three")), 20);

        assertEquals(new HealthBook.Report(20, List.of(new HealthBook.Finding(HealthCode.MIRROR_LOG_HELD, 2, List.of(
                new HealthBook.Lasting("log a", "two", 10), new HealthBook.Lasting("log b", "three", 20))))),
                book.report());
        assertEquals("error", book.report().status());
        assertEquals(10, book.report().findings().get(0).sinceMs());

        book.look(List.of(held("log b", "three")), 30);
        book.look(List.of(held("log a", "again"), held("log b", "three")), 40);
        assertEquals(40, book.report().findings().get(0).concerns().get(0).sinceMs());

        book.look(List.of(), 50);
        assertEquals(new HealthBook.Report(50, List.of()), book.report());
        assertEquals("ok", book.report().status());
    }

    @Test
    void shouldNameErrorsFirst() {
        book.look(List.of(new Concern(HealthCode.CLOCK_JUMP, "this node", ""), held("log a", "")), 1);

        assertEquals(List.of(HealthCode.MIRROR_LOG_HELD, HealthCode.CLOCK_JUMP),
                book.report().findings().stream().map(HealthBook.Finding::code).toList());
    }

    @Test
    void shouldCountAllAndKeepNoMoreThanPeopleRead() {
        book.look(IntStream.range(0, 2_000).mapToObj(i -> held("log " + i, "")).toList(), 1);

        HealthBook.Finding finding = book.report().findings().get(0);
        assertEquals(2_000, finding.count());
        assertEquals(HealthBook.MOST_SHOWN, finding.concerns().size());
    }

    private static List<String> told(List<News> news) {
        return news.stream().map(one -> one.kind() + " " + one.severity() + " " + one.code() + " " + one.subject()
                + ": " + one.says()).toList();
    }

    @Test
    void shouldTellWhatBeginsAndWhatIsOver() {
        assertEquals(List.of("HEALTH_BEGAN error MIRROR_LOG_HELD log a: one"),
                told(book.look(List.of(held("log a", "one")), 1)));
        assertEquals(List.of("HEALTH_BEGAN warning CLOCK_JUMP this node: back"),
                told(book.look(List.of(held("log a", "two"), new Concern(HealthCode.CLOCK_JUMP, "this node", "back")),
                        2)));
        assertEquals(List.of("HEALTH_ENDED info MIRROR_LOG_HELD log a: it is over"),
                told(book.look(List.of(new Concern(HealthCode.CLOCK_JUMP, "this node", "back")), 3)));
    }

    /** Of more than are kept one by one it is not known who is new. */
    @Test
    void shouldNotTellThatSomethingBeganWhichWasThere() {
        List<Concern> many = IntStream.range(0, HealthBook.MOST_SHOWN + 50)
                .mapToObj(i -> held(String.format("log %03d", i), "")).toList();

        assertEquals(HealthBook.MOST_SHOWN, book.look(many, 1).size());
        assertEquals(List.of("HEALTH_ENDED info MIRROR_LOG_HELD log 000: it is over"),
                told(book.look(many.subList(1, many.size()), 2)));
    }

    @Test
    void shouldTellAJumpOfTheClockForSomeMinutes() {
        ClockLook look = new ClockLook(wallMs::get, steadyMs::get);
        pass(Duration.ofSeconds(2));
        assertEquals(List.of(), look.look());
        wallMs.addAndGet(1_500);
        assertEquals(List.of(), look.look(), "a clock that is being disciplined");

        wallMs.addAndGet(-3_600_000);
        assertEquals("it went back by 3600 s", look.look().get(0).why());
        pass(Duration.ofMinutes(9));
        assertEquals(1, look.look().size());
        wallMs.addAndGet(7_000);
        assertEquals("it went forwards by 7 s", look.look().get(0).why());
        pass(ClockLook.TOLD_FOR);
        assertEquals(List.of(), look.look());
    }

    private void pass(Duration time) {
        wallMs.addAndGet(time.toMillis());
        steadyMs.addAndGet(time.toMillis());
    }

    @Test
    void shouldTellWhoseResyncDoesNotMove() {
        ProgressLook look = new ProgressLook(steadyMs::get);
        assertEquals(List.of(), look.look(List.of(at(3), new ProgressLook.Progress("b", 8, 8))));
        pass(Duration.ofSeconds(59));
        assertEquals(List.of(), look.look(List.of(at(4))));
        pass(Duration.ofSeconds(59));
        assertEquals(List.of(), look.look(List.of(at(4))));
        pass(Duration.ofSeconds(1));
        assertEquals(List.of(new Concern(HealthCode.RESYNC_WAITING, "log a", "4 of 8 regions are out of sync")),
                look.look(List.of(at(4))));

        assertEquals(List.of(), look.look(List.of(at(7))));
        pass(ProgressLook.PATIENCE);
        assertEquals("1 of 8 regions is out of sync", look.look(List.of(at(7))).get(0).why());
        assertEquals(List.of(), look.look(List.of(at(8))));
        assertEquals(List.of(), look.look(List.of(at(7))), "it begins anew");
    }

    private static ProgressLook.Progress at(long inSync) {
        return new ProgressLook.Progress("a", inSync, 8);
    }

    @Test
    void shouldTellOfADiskThatIsAlmostFull() {
        DiskLook look = new DiskLook(Path.of("/data"));
        long gib = 1L << 30;

        assertEquals(List.of(), look.judge(gib, 100 * gib));
        assertEquals("100 MiB of 102400 MiB are free", look.judge(100L << 20, 100 * gib).get(0).why());
        assertEquals(List.of(), look.judge(60L << 20, gib), "a twentieth of a small one");
        assertEquals(1, look.judge(50L << 20, gib).size());
        assertEquals(List.of(), new DiskLook(Path.of("/no/such/directory")).look());
    }

    @Test
    void shouldExplainEachCodeInTheManual() throws IOException {
        List<String> headings = Files.readAllLines(Path.of("docs/operations.md")).stream()
                .filter(line -> line.startsWith("### ")).map(line -> line.substring(4)).toList();

        List<String> missing = Arrays.stream(HealthCode.values()).map(Enum::name)
                .filter(code -> !headings.contains(code)).toList();

        assertEquals(List.of(), missing, "codes without a heading in docs/operations.md");
        assertTrue(HealthCode.CLOCK_JUMP.section().endsWith("#clock_jump"));
    }
}
