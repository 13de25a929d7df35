package org.mirrorlog.owner;

import java.time.Duration;
import java.util.function.Consumer;
import org.mirrorlog.log.LogState;
import org.mirrorlog.owner.OwnerCommand.CallTheRoll;

/**
 * Asks all nodes again and again for tables of an adopted log, as long as any of them is awaited. Used by its owner
 * only.
 */
final class RollCaller {
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

    private final OwnerRuntime runtime;
    private final String uuid;
    private final Consumer<RollCall> roll;

    RollCaller(OwnerRuntime runtime, String uuid, Consumer<RollCall> roll) {
        this.runtime = runtime;
        this.uuid = uuid;
        this.roll = roll;
    }

    /** The log's state may have changed. */
    void later(LogState state) {
        if (isAnybodyAwaited(state) && !runtime.isTimerActive(CallTheRoll.INSTANCE)) {
            runtime.startTimer(CallTheRoll.INSTANCE, AGAIN_AFTER);
        }
    }

    /** The time has come. */
    void call(LogState state) {
        if (isAnybodyAwaited(state)) {
            roll.accept(new RollCall(uuid, state.adoption().orElseThrow().at()));
            later(state);
        }
    }

    private static boolean isAnybodyAwaited(LogState state) {
        return state.adoption().filter(adoption -> !adoption.awaited().isEmpty()).isPresent();
    }
}
