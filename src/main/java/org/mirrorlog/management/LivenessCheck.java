package org.mirrorlog.management;

import akka.actor.ActorSystem;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** The check behind {@code /alive}: every loop still turns. Created by name by Akka Management. */
public final class LivenessCheck implements Supplier<CompletionStage<Boolean>> {
    private final ManagementPort port;

    /** Called by Akka Management. */
    public LivenessCheck(ActorSystem system) {
        port = ManagementPort.get(system);
    }

    /** True, or a failure whose message names what stands still. */
    @Override
    public CompletionStage<Boolean> get() {
        return ReadinessCheck.verdict("not alive", port.dead());
    }
}
