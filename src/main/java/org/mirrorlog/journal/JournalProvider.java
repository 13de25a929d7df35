package org.mirrorlog.journal;

import akka.actor.ExtendedActorSystem;
import com.typesafe.config.Config;
import java.io.IOException;
import java.util.Optional;

/**
 * Opens one kind of journal. The block of a journal plugin names its provider as {@code provider}; a provider has a
 * public constructor without parameters.
 */
public interface JournalProvider {

    /**
     * Checks the settings without opening anything.
     *
     * @param root the whole configuration
     * @return what is wrong, in one line that names every bad key with its value, what is allowed and where it was set
     */
    Optional<String> problems(Config root);

    /**
     * Looks for what will keep the journal from being opened, without changing or connecting to anything; with settings
     * that have no {@link #problems}.
     *
     * @return what is wrong, in one line
     */
    default Optional<String> startProblem(Config root) {
        return Optional.empty();
    }

    /**
     * Opens the row in which a cluster says that it lives, and nothing else of the journal.
     *
     * @param root settings without {@link #problems}
     * @return empty if this kind of journal has none
     */
    default Optional<ClusterRow.Opened> openClusterRow(Config root, JournalLog log) throws IOException {
        return Optional.empty();
    }

    /**
     * Opens the journal that the configuration describes. May wait for it, within bounds that the settings give.
     *
     * @throws IOException if that cannot be; its message is one line with what, where, what to do
     */
    Journal open(ExtendedActorSystem system) throws IOException;
}
