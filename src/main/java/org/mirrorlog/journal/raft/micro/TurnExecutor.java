package org.mirrorlog.journal.raft.micro;

import io.microraft.executor.RaftNodeExecutor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.mirrorlog.journal.raft.Turn;

/**
 * The engine's tasks on the member's turn. What this room asks of the engine while nothing else of it runs happens at
 * once, so that a refusal is known from a failure by its moment.
 */
final class TurnExecutor implements RaftNodeExecutor {

    private final Turn turn;
    private boolean isAtOnce;

    TurnExecutor(Turn turn) {
        this.turn = turn;
    }

    /** Runs what calls the engine; must be a task of its own. */
    void atOnce(Runnable call) {
        isAtOnce = true;
        try {
            call.run();
        } finally {
            isAtOnce = false;
        }
    }

    @Override
    public void execute(Runnable task) {
        if (isAtOnce) {
            isAtOnce = false;
            task.run();
        } else {
            turn.submit(task);
        }
    }

    @Override
    public void submit(Runnable task) {
        turn.submit(task);
    }

    @Override
    public void schedule(Runnable task, long delay, TimeUnit unit) {
        turn.schedule(task, Duration.of(delay, unit.toChronoUnit()));
    }
}
