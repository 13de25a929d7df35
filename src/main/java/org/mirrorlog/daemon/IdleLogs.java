package org.mirrorlog.daemon;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Since when which history has not grown, as far as this node has looked; also over restarts. If the file gets lost,
 * histories are taken for younger than they are. For one thread.
 */
final class IdleLogs {
    private static final String NAME = "idle-logs";

    private final Path file;
    private Map<String, Idle> idle = new HashMap<>();

    /** A head, and since when it is known. */
    private record Idle(long head, long sinceMs) { }

    private IdleLogs(Path file) {
        this.file = file;
    }

    /** What this data directory remembers; nothing, if it cannot be read. */
    static IdleLogs read(Path dataDir) {
        IdleLogs logs = new IdleLogs(dataDir.resolve(NAME));
        try {
            for (String line : Files.readAllLines(logs.file, StandardCharsets.US_ASCII)) {
                String[] words = line.split(" ");
                logs.idle.put(URLDecoder.decode(words[2], StandardCharsets.ISO_8859_1),
                        new Idle(Long.parseLong(words[0]), Long.parseLong(words[1])));
            }
        } catch (IOException | RuntimeException e) {
            return new IdleLogs(logs.file); // none, half a line, or somebody else's: time begins anew
        }
        return logs;
    }

    /**
     * Those that have not grown for so long, the longest idle first.
     *
     * @param heads of all histories that there are; others are forgotten
     */
    List<String> see(Map<String, Long> heads, long nowMs, long forMs) {
        Map<String, Idle> seen = new HashMap<>();
        heads.forEach((id, head) -> {
            Idle known = idle.get(id);
            // A clock that was put back begins anew, too.
            seen.put(id, known != null && known.head == head && known.sinceMs <= nowMs ? known
                    : new Idle(head, nowMs));
        });
        idle = seen;
        return idle.entrySet().stream().filter(entry -> nowMs - entry.getValue().sinceMs >= forMs)
                .sorted(Map.Entry.comparingByValue(Comparator.comparingLong(Idle::sinceMs)))
                .map(Map.Entry::getKey).toList();
    }

    /** These are in use: they are not looked at again before the time has passed once more. */
    void begin(Collection<String> ids, long nowMs) {
        ids.forEach(id -> idle.computeIfPresent(id, (key, known) -> new Idle(known.head, nowMs)));
    }

    void write() throws IOException {
        StringBuilder lines = new StringBuilder();
        new TreeMap<>(idle).forEach((id, known) -> lines.append(known.head).append(' ').append(known.sinceMs)
                .append(' ').append(URLEncoder.encode(id, StandardCharsets.ISO_8859_1)).append('\n'));
        Path fresh = file.resolveSibling(NAME + ".tmp");
        Files.writeString(fresh, lines, StandardCharsets.US_ASCII);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
