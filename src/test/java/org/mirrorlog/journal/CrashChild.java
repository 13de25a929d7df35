package org.mirrorlog.journal;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;

/**
 * A program that writes to a journal until it is killed, or nobody reads what it says: {@code directory seed}. After a
 * write is acknowledged it prints a line, {@code A id sequence-number} or {@code D id deleted-to}; the first line is
 * {@code OPEN}.
 */
final class CrashChild {

    static final int IDS = 5;
    private static final int UNDER_WAY = 8;

    private CrashChild() {
    }

    /** Small segments, so that a short life begins and compacts several. */
    static JournalOptions options() {
        return CoreFixture.options(16 * 1024, 8 * 1024, 4 * 1024, 50);
    }

    /** The event that belongs at a place, whoever writes it. */
    static String event(String id, long sequenceNr) {
        Random random = new Random(id.hashCode() * 31L + sequenceNr);
        return id + "#" + sequenceNr + "#" + Long.toString(random.nextLong(), 36).repeat(1 + random.nextInt(30));
    }

    static String id(int number) {
        return "log-" + number;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 128), false, StandardCharsets.US_ASCII);
        Random random = new Random(Long.parseLong(arguments[1]));
        SegmentJournal journal = SegmentJournal.open(Path.of(arguments[0]), options(), new CoreFixture.Lines(),
                System::nanoTime, () -> CoreFixture.ID);
        say(out, "OPEN");
        Semaphore free = new Semaphore(UNDER_WAY);
        long[] heads = new long[IDS];
        for (int i = 0; i < IDS; i++) {
            heads[i] = journal.headSequenceNr(id(i));
        }
        while (true) {
            free.acquire();
            int i = random.nextInt(IDS);
            String id = id(i);
            if (random.nextInt(8) == 0) {
                long to = Math.max(0, heads[i] - random.nextInt(20));
                journal.delete(id, to, failure -> acknowledge(out, free, failure, "D " + id + " " + to));
            } else {
                List<byte[]> events = random.nextInt(4) > 0 ? CoreFixture.events(event(id, heads[i] + 1))
                        : CoreFixture.events(event(id, heads[i] + 1), event(id, heads[i] + 2), event(id, heads[i] + 3));
                long last = heads[i] + events.size();
                journal.append(id, heads[i] + 1, events,
                        failure -> acknowledge(out, free, failure, "A " + id + " " + last));
                heads[i] = last;
            }
        }
    }

    private static void acknowledge(PrintStream out, Semaphore free, IOException failure, String line) {
        say(out, failure == null ? line : "FAILED " + failure.getMessage());
        free.release();
    }

    /** One write to the pipe, so that the line survives the program. */
    private static void say(PrintStream out, String line) {
        out.print(line + "\n");
        out.flush();
        if (System.out.checkError()) {
            Runtime.getRuntime().halt(1); // whoever started it has gone
        }
    }
}
