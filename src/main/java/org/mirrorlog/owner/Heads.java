package org.mirrorlog.owner;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.mirrorlog.log.Commit;

/** Where an owner learns whether its history is still the journal's: whoever reads another head is deposed. */
@FunctionalInterface
public interface Heads {
    /** Nothing can be learnt: what needs a proof is left undone. */
    Heads UNKNOWN = persistenceId ->
            CompletableFuture.failedStage(new UnsupportedOperationException("this journal does not tell its heads"));

    /** The number of the last commit of a log, whoever made it, as the journal has it; fails if it cannot be read. */
    CompletionStage<Long> of(String persistenceId);

    /**
     * Whether a replay failed because the journal has lost a part of the history, and says so: nothing that passes by
     * itself, such as a database or a disk that cannot be read now.
     */
    default boolean isLost(Throwable failure) {
        return false;
    }

    /**
     * Hands over what a history without some of its commits still has, in order, on another thread, some perhaps more
     * than once; fails if it cannot be read now.
     */
    default CompletionStage<Void> remains(String persistenceId, Consumer<Commit> commit) {
        return CompletableFuture.completedStage(null);
    }
}
