package org.mirrorlog.journal;

import akka.actor.AbstractExtensionId;
import akka.actor.ClassicActorSystemProvider;
import akka.actor.ExtendedActorSystem;
import akka.actor.Extension;
import akka.event.Logging;
import com.typesafe.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * The one open journal of an actor system: that of {@code akka.persistence.journal.plugin}. The root asks for it at
 * start, so that a journal that cannot be opened is one clear error there; the plugin uses the same. It is closed when
 * the system has terminated. Thread safe.
 */
public final class JournalExtension implements Extension {

    private static final Id ID = new Id();
    private static final String SELECTED = "akka.persistence.journal.plugin";

    private final Journal journal;

    private JournalExtension(Journal journal) {
        this.journal = journal;
    }

    /**
     * Opens the journal that the configuration selects, or returns the one already open.
     *
     * @throws UncheckedIOException if it cannot be opened; the cause's message is one line with what, where, what to do
     */
    public static JournalExtension get(ClassicActorSystemProvider system) {
        return ID.get(system);
    }

    /**
     * Checks the settings of the selected journal without opening anything.
     *
     * @return what is wrong, in one line that names every bad key with its value, what is allowed and where it was set
     */
    public static Optional<String> problems(Config config) {
        try {
            Optional<JournalProvider> provider = provider(config, JournalExtension.class.getClassLoader());
            return provider.flatMap(known -> known.problems(config));
        } catch (JournalException e) {
            return Optional.of(e.getMessage());
        }
    }

    /**
     * Looks for what will keep the selected journal from being opened, as far as that can be seen without changing or
     * connecting to anything.
     *
     * @param config settings without {@link #problems}
     * @return what is wrong, in one line
     */
    public static Optional<String> startProblem(Config config) {
        try {
            return provider(config, JournalExtension.class.getClassLoader()).flatMap(known ->
                    known.startProblem(config));
        } catch (JournalException e) {
            return Optional.of(e.getMessage());
        }
    }

    /**
     * The row in which a cluster of the selected journal says that it lives, without the rest of the journal.
     *
     * @param config settings without {@link #problems}
     * @return empty if this journal has none
     */
    public static Optional<ClusterRow.Opened> openClusterRow(Config config, JournalLog log) throws IOException {
        Optional<JournalProvider> provider = provider(config, JournalExtension.class.getClassLoader());
        return provider.isPresent() ? provider.get().openClusterRow(config, log) : Optional.empty();
    }

    /** The journal, for its identity, health and counters. */
    public Journal journal() {
        return journal;
    }

    /**
     * The journal as the plugin of its kind needs it.
     *
     * @throws IllegalStateException if the selected journal is of another kind
     */
    public <T extends Journal> T journal(Class<T> kind) {
        if (!kind.isInstance(journal)) {
            throw new IllegalStateException("a plugin that needs a " + kind.getSimpleName() + " is used, but "
                    + SELECTED
                    + " selects a " + journal.getClass().getSimpleName()
                    + ": journal and snapshot store must be of the same kind");
        }
        return kind.cast(journal);
    }

    private static Optional<JournalProvider> provider(Config config, ClassLoader classes) throws JournalException {
        String key = config.getString(SELECTED) + ".provider";
        if (!config.hasPath(key)) {
            return Optional.empty();
        }
        String name = config.getString(key);
        try {
            return Optional.of(Class.forName(name, true, classes).asSubclass(JournalProvider.class)
                    .getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new JournalException(key + " is " + name + " (" + config.getValue(key).origin().description()
                    + "); allowed is the name of a class that opens a journal", e);
        }
    }

    private static JournalExtension open(ExtendedActorSystem system) {
        Config config = system.settings().config();
        try {
            Optional<JournalProvider> provider = provider(config, system.dynamicAccess().classLoader());
            if (provider.isEmpty()) {
                String plugin = config.getString(SELECTED);
                Logging.getLogger(system, JournalExtension.class).warning("journal plugin " + plugin
                        + " is not one of this program's: for trials only. It must compare the head with each append"
                        + " (rule D1), so never let it delete events; it cannot tell its identity (rule D21)");
                return new JournalExtension(new ForeignJournal(plugin));
            }
            Journal journal = provider.get().open(system);
            system.registerOnTermination(journal::close);
            return new JournalExtension(journal);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private static final class Id extends AbstractExtensionId<JournalExtension> {
        @Override
        public JournalExtension createExtension(ExtendedActorSystem system) {
            return open(system);
        }
    }
}
