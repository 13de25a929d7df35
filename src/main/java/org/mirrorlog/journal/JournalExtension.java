package org.mirrorlog.journal;

import akka.actor.AbstractExtensionId;
import akka.actor.ClassicActorSystemProvider;
import akka.actor.ExtendedActorSystem;
import akka.actor.Extension;
import akka.event.Logging;
import akka.event.LoggingAdapter;
import com.typesafe.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.Optional;
import scala.concurrent.duration.Deadline;

/**
 * The one open journal of an actor system. The root asks for it at start, so that a journal that cannot be opened is
 * one clear error there; the plugin uses the same. It is closed when the system has terminated. Thread safe.
 */
public final class JournalExtension implements Extension {

    private static final Id ID = new Id();

    private final SegmentJournal journal;
    private final boolean isGapRefused;

    private JournalExtension(SegmentJournal journal, boolean isGapRefused) {
        this.journal = journal;
        this.isGapRefused = isGapRefused;
    }

    /**
     * Opens the journal that {@code mirrorlog.journal} describes, or returns the one already open.
     *
     * @throws UncheckedIOException if it cannot be opened; the cause's message is one line with what, where, what to do
     */
    public static JournalExtension get(ClassicActorSystemProvider system) {
        return ID.get(system);
    }

    /**
     * Checks the settings of {@code mirrorlog.journal} without opening anything.
     *
     * @return what is wrong, in one line that names every bad key with its value, what is allowed and where it was set
     */
    public static Optional<String> problems(Config config) {
        try {
            JournalSettings.read(config);
            return Optional.empty();
        } catch (JournalException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** The journal, for its identity, health and counters. */
    public SegmentJournal journal() {
        return journal;
    }

    boolean isGapRefused() {
        return isGapRefused;
    }

    private static JournalExtension open(ExtendedActorSystem system) {
        LoggingAdapter log = Logging.getLogger(system, JournalExtension.class);
        try {
            JournalSettings settings = JournalSettings.read(system.settings().config());
            // The time serves figures and readiness only; nothing true depends on it.
            SegmentJournal journal = SegmentJournal.open(settings.directory(), settings.options(), new AkkaLog(log),
                    () -> Deadline.now().time().toNanos(), JournalExtension::drawId);
            system.registerOnTermination(journal::close);
            return new JournalExtension(journal, settings.isGapRefused());
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private static JournalId drawId() {
        byte[] bytes = new byte[JournalId.BYTES];
        new SecureRandom().nextBytes(bytes);
        return JournalId.of(bytes);
    }

    private static final class Id extends AbstractExtensionId<JournalExtension> {
        @Override
        public JournalExtension createExtension(ExtendedActorSystem system) {
            return open(system);
        }
    }
}
