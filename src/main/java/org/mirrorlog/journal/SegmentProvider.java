package org.mirrorlog.journal;

import akka.actor.ExtendedActorSystem;
import akka.event.Logging;
import com.typesafe.config.Config;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Optional;
import scala.concurrent.duration.Deadline;

/** Opens the embedded journal that {@code mirrorlog.journal} describes. */
public final class SegmentProvider implements JournalProvider {

    /** Called by name. */
    public SegmentProvider() {
    }

    @Override
    public Optional<String> problems(Config root) {
        try {
            JournalSettings.read(root);
            return Optional.empty();
        } catch (JournalException e) {
            return Optional.of(e.getMessage());
        }
    }

    @Override
    public SegmentJournal open(ExtendedActorSystem system) throws IOException {
        JournalSettings settings = JournalSettings.read(system.settings().config());
        AkkaLog log = new AkkaLog(Logging.getLogger(system, SegmentJournal.class));
        // The time serves figures and readiness only; nothing true depends on it.
        return SegmentJournal.open(settings.directory(), settings.options(), log,
                () -> Deadline.now().time().toNanos(), SegmentProvider::drawId);
    }

    private static JournalId drawId() {
        byte[] bytes = new byte[JournalId.BYTES];
        new SecureRandom().nextBytes(bytes);
        return JournalId.of(bytes);
    }
}
