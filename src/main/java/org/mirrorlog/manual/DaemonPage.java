package org.mirrorlog.manual;

import java.util.Arrays;
import java.util.List;
import org.mirrorlog.daemon.Usage;

/** The manual page of the daemon. */
final class DaemonPage {
    private DaemonPage() {
    }

    static Page of(String version) {
        Page page = new Page(Usage.NAME, 8, version, "userspace log service for shared device-mapper mirrors");
        page.section("SYNOPSIS");
        Usage.CHOICES.forEach(choice -> page.typed(Usage.NAME + " " + choice.synopsis()));
        page.section("DESCRIPTION").paragraph(Usage.SUMMARY).paragraph(Usage.SETTINGS);
        page.section("OPTIONS AND COMMANDS");
        Usage.CHOICES.forEach(choice -> page.item(List.of(choice.term()), List.of(choice.says())));
        page.section("EXIT STATUS");
        Arrays.stream(Usage.EXIT.split("(?<=\\.) ")).forEach(page::paragraph);
        return page.section("SEE ALSO").paragraph("mirrorlogctl(8), mirrorlogd.conf(5)");
    }
}
