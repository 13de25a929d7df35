package org.mirrorlog.journal;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Stands for a journal plugin that is not ours and cannot be asked anything: for trials. Its identity is made from the
 * plugin's name, so another store under the same name is not noticed.
 */
record ForeignJournal(String plugin) implements Journal {

    @Override
    public JournalId id() {
        UUID name = UUID.nameUUIDFromBytes(plugin.getBytes(StandardCharsets.UTF_8));
        return new JournalId(name.getMostSignificantBits(), name.getLeastSignificantBits());
    }

    @Override
    public Optional<String> problem() {
        return Optional.empty();
    }

    @Override
    public CompletionStage<Long> acceptedHead(String persistenceId) {
        return CompletableFuture.failedStage(new UnsupportedOperationException(plugin + " does not tell its heads"));
    }

    @Override
    public JournalCounters.Snapshot counters() {
        return new JournalCounters().snapshot();
    }

    @Override
    public CompletionStage<Map<String, Long>> withEvents() {
        return CompletableFuture.completedStage(Map.of());
    }

    @Override
    public void close() {
        // Akka closes it.
    }
}
