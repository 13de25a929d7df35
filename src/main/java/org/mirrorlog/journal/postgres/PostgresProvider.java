package org.mirrorlog.journal.postgres;

import akka.actor.ExtendedActorSystem;
import akka.event.Logging;
import com.typesafe.config.Config;
import java.io.IOException;
import java.util.Optional;
import org.mirrorlog.journal.AkkaLog;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalProvider;
import scala.concurrent.duration.Deadline;

/** Opens the journal that {@code mirrorlog.postgres} describes. */
public final class PostgresProvider implements JournalProvider {

    /** Called by name. */
    public PostgresProvider() {
    }

    @Override
    public Optional<String> problems(Config root) {
        try {
            PostgresSettings.read(root);
            return Optional.empty();
        } catch (JournalException e) {
            return Optional.of(e.getMessage());
        }
    }

    @Override
    public PostgresJournal open(ExtendedActorSystem system) throws IOException {
        PostgresSettings settings = PostgresSettings.read(system.settings().config());
        AkkaLog log = new AkkaLog(Logging.getLogger(system, PostgresJournal.class));
        // The time serves figures, readiness and bounds of waiting; nothing true depends on it.
        return PostgresJournal.open(settings, log, () -> Deadline.now().time().toNanos());
    }
}
