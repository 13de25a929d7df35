package org.mirrorlog.journal.postgres;

import akka.actor.ExtendedActorSystem;
import akka.event.Logging;
import com.typesafe.config.Config;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.AkkaLog;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.JournalProvider;
import org.mirrorlog.journal.Lineage;
import scala.concurrent.duration.Deadline;

/** Opens the journal that {@code mirrorlog.postgres} describes. */
public final class PostgresProvider implements JournalProvider {

    private static final String KIND = "postgres";
    /** The time serves figures, readiness and bounds of waiting; nothing true depends on it. */
    private static final LongSupplier NANOS = () -> Deadline.now().time().toNanos();

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
    public Optional<String> startProblem(Config root) {
        try {
            Connector.password(PostgresSettings.read(root));
            return Optional.empty();
        } catch (JournalException e) {
            return Optional.of(e.getMessage());
        }
    }

    @Override
    public Optional<ClusterRow.Opened> openClusterRow(Config root, JournalLog log) throws IOException {
        PostgresSettings settings = PostgresSettings.read(root);
        Connector connector = new Connector(settings, log);
        Background background = Background.ofRow(connector, log, NANOS);
        background.start();
        return Optional.of(new PostgresRow.Own(background, connector.serverName()));
    }

    @Override
    public PostgresJournal open(ExtendedActorSystem system) throws IOException {
        Config config = system.settings().config();
        PostgresSettings settings = PostgresSettings.read(config);
        AkkaLog log = new AkkaLog(Logging.getLogger(system, PostgresJournal.class));
        PostgresJournal journal = PostgresJournal.open(settings, log, NANOS);
        try {
            journal.setSuccessor(Lineage.isSuccessor(config, KIND, journal.id(), log));
            return journal;
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw e;
        }
    }
}
