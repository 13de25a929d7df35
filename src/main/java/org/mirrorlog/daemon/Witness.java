package org.mirrorlog.daemon;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AskPattern;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.dmsetup.KernelTables;
import org.mirrorlog.instance.HeardNumbers;
import org.mirrorlog.kernel.KernelBridge;

/**
 * What this machine can say of a log, beside the journal.
 *
 * @param kernel says of which logs its kernel has tables, where it can be asked
 * @param tables of this machine, and what it has heard; completed once they have been taken up
 */
record Witness(ActorSystem<?> system, Optional<KernelTables> kernel,
        CompletionStage<ActorRef<KernelBridge.Message>> tables) implements LogSharding.Witness {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9+_.-]+");

    /** Never where it cannot be known; nor for a name that dmsetup may write otherwise. */
    @Override
    public CompletionStage<Boolean> hasNoTable(String uuid) {
        boolean isPlain = PLAIN.matcher(uuid).matches();
        return kernel.isEmpty() || !isPlain ? CompletableFuture.completedStage(false)
                : CompletableFuture.supplyAsync(() -> kernel.get().list().filter(found -> !found.mayName(uuid))
                        .isPresent(), system.dispatchers().lookup(DispatcherSelector.blocking()));
    }

    @Override
    public CompletionStage<HeardNumbers.Last> heardOf(String uuid) {
        return tables.thenCompose(bridge -> AskPattern.ask(bridge,
                (ActorRef<HeardNumbers.Last> replyTo) -> new KernelBridge.HasHeard(uuid, replyTo), TIMEOUT,
                system.scheduler()));
    }
}
