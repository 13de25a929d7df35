package org.mirrorlog.journal;

import akka.event.LoggingAdapter;

/** Lines for the operator go where the actor system logs. */
public record AkkaLog(LoggingAdapter log) implements JournalLog {

    @Override
    public void info(String line) {
        log.info(line);
    }

    @Override
    public void warn(String line) {
        log.warning(line);
    }

    @Override
    public void error(String line) {
        log.error(line);
    }
}
