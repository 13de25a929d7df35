package org.mirrorlog.health;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mirrorlog.health.HealthCode.Severity;

/**
 * Since when something is wrong. Told from time to time everything that is wrong then; what is not told any more is
 * over. Of one code so many are kept one by one as people can read, of the others how many there are. Thread-safe.
 */
public final class HealthBook {
    /** Of one code. */
    static final int MOST_SHOWN = 100;

    private final Map<HealthCode, Map<String, Lasting>> known = new EnumMap<>(HealthCode.class);
    private final Map<HealthCode, Integer> counts = new EnumMap<>(HealthCode.class);
    private long lookedAtMs;

    /**
     * One concern that lasts.
     *
     * @param sinceMs when it was told first, in milliseconds since 1970
     */
    public record Lasting(String subject, String why, long sinceMs) { }

    /**
     * All there is of one code.
     *
     * @param count how many subjects
     * @param concerns those that are kept, in the order of their subjects; since when each of them
     */
    public record Finding(HealthCode code, int count, List<Lasting> concerns) {
        /** Copies. */
        public Finding {
            concerns = List.copyOf(concerns);
        }

        /** Since when there is any, in milliseconds since 1970. */
        public long sinceMs() {
            return concerns.stream().mapToLong(Lasting::sinceMs).min().orElse(0);
        }
    }

    /**
     * How things are.
     *
     * @param lookedAtMs when that was found out, in milliseconds since 1970; 0: nobody has looked yet
     * @param findings errors first
     */
    public record Report(long lookedAtMs, List<Finding> findings) {
        /** Copies. */
        public Report {
            findings = List.copyOf(findings);
        }

        /** "ok", "warning" or "error"; "unknown" before anybody has looked. */
        public String status() {
            return lookedAtMs == 0 ? "unknown"
                    : findings.stream().map(finding -> finding.code().severity()).max(Severity::compareTo)
                            .map(Severity::word).orElse("ok");
        }
    }

    /**
     * Takes down what is wrong now, and that nothing else is.
     *
     * @return what has begun and what is over, of those that are kept one by one
     */
    public synchronized List<News> look(Collection<Concern> wrong, long nowMs) {
        Map<HealthCode, Map<String, String>> told = new EnumMap<>(HealthCode.class);
        wrong.forEach(concern -> told.computeIfAbsent(concern.code(), code -> new TreeMap<>())
                .put(concern.subject(), concern.why()));
        List<News> news = over(told);
        known.keySet().retainAll(told.keySet());
        counts.keySet().retainAll(told.keySet());
        told.forEach((code, subjects) -> {
            Map<String, Lasting> before = known.getOrDefault(code, Map.of());
            Map<String, Lasting> now = new LinkedHashMap<>();
            subjects.entrySet().stream().limit(MOST_SHOWN).forEach(one -> {
                Lasting former = before.get(one.getKey());
                now.put(one.getKey(), new Lasting(one.getKey(), one.getValue(),
                        former == null ? nowMs : former.sinceMs()));
            });
            // Who is kept instead of one that is over may have been there all along.
            if (counts.getOrDefault(code, 0) <= MOST_SHOWN) {
                now.values().stream().filter(one -> !before.containsKey(one.subject())).forEach(one ->
                        news.add(new News(EventKind.HEALTH_BEGAN, code.severity().word(), one.subject(), code.name(),
                                one.why())));
            }
            known.put(code, now);
            counts.put(code, subjects.size());
        });
        lookedAtMs = nowMs;
        return news;
    }

    private List<News> over(Map<HealthCode, Map<String, String>> told) {
        List<News> over = new ArrayList<>();
        known.forEach((code, concerns) -> concerns.keySet().stream()
                .filter(subject -> !told.getOrDefault(code, Map.of()).containsKey(subject))
                .forEach(subject -> over.add(new News(EventKind.HEALTH_ENDED,
                        EventKind.HEALTH_ENDED.severity().word(), subject, code.name(), "it is over"))));
        return over;
    }

    /** What is known. */
    public synchronized Report report() {
        List<Finding> findings = new ArrayList<>();
        known.forEach((code, concerns) ->
                findings.add(new Finding(code, counts.get(code), List.copyOf(concerns.values()))));
        findings.sort((one, other) -> other.code().severity().compareTo(one.code().severity()));
        return new Report(lookedAtMs, findings);
    }
}
