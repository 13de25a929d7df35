package org.mirrorlog.management;

import java.time.Instant;
import java.util.List;
import org.mirrorlog.health.HealthBook;

/**
 * How this node is, as {@code GET /mirrorlog/health} shows it. Times are ISO 8601 in UTC.
 *
 * @param status ok, warning or error: the worst of all findings; unknown before anybody has looked
 * @param lookedAt when that was found out; null before
 * @param findings errors first
 */
public record HealthView(String status, String lookedAt, List<Finding> findings) {
    /** Copies. */
    public HealthView {
        findings = List.copyOf(findings);
    }

    /**
     * All there is of one code.
     *
     * @param code its name, which never changes its meaning
     * @param severity warning or error
     * @param says what it means
     * @param since when there is any of it
     * @param count whom it concerns: so many
     * @param concerns some of them, each of them if they are not too many
     * @param section where the documentation says what to do
     */
    public record Finding(String code, String severity, String says, String since, int count, List<Concern> concerns,
            String section) {
        /** Copies. */
        public Finding {
            concerns = List.copyOf(concerns);
        }
    }

    /**
     * One of them.
     *
     * @param subject "log LVM-a/7", "node b (boot id ...)", "this node"
     * @param why what is known of it
     * @param since when it was found
     */
    public record Concern(String subject, String why, String since) { }

    static HealthView of(HealthBook.Report report) {
        return new HealthView(report.status(), report.lookedAtMs() == 0 ? null : time(report.lookedAtMs()),
                report.findings().stream().map(HealthView::of).toList());
    }

    private static Finding of(HealthBook.Finding finding) {
        return new Finding(finding.code().name(), finding.code().severity().word(), finding.code().says(),
                time(finding.sinceMs()), finding.count(), finding.concerns().stream().map(one ->
                new Concern(one.subject(), one.why(), time(one.sinceMs()))).toList(), finding.code().section());
    }

    private static String time(long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }
}
