package org.mirrorlog.management;

import akka.actor.ActorSystem;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The check behind {@code /ready}: every condition of the {@link ManagementPort}. Created by name by Akka Management.
 */
public final class ReadinessCheck implements Supplier<CompletionStage<Boolean>> {
    private final ManagementPort port;

    /** Called by Akka Management. */
    public ReadinessCheck(ActorSystem system) {
        port = ManagementPort.get(system);
    }

    /** True, or a failure whose message names the conditions that do not hold (the HTTP answer carries it). */
    @Override
    public CompletionStage<Boolean> get() {
        return verdict("not ready", port.unready());
    }

    static CompletionStage<Boolean> verdict(String what, List<String> failing) {
        return failing.isEmpty()
                ? CompletableFuture.completedStage(true)
                : CompletableFuture.failedStage(new IllegalStateException(what + ": " + String.join(", ", failing)));
    }
}
