package org.mirrorlog.settings;

import java.util.List;
import java.util.stream.Collectors;

/** The settings cannot be used; the message lists every bad key, one to a line. */
public final class BadSettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<BadSetting> problems;

    BadSettingsException(List<BadSetting> problems) {
        super(problems.stream().map(BadSetting::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    List<BadSetting> problems() {
        return problems;
    }
}
