package org.mirrorlog.journal.raft.service;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.journal.AkkaLog;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.JournalSystem;
import org.mirrorlog.journal.OwnerContract;
import org.mirrorlog.journal.raft.Command;
import org.mirrorlog.journal.raft.Ledger;
import org.mirrorlog.journal.raft.net.Security;

/** An event-sourced actor on the replicated journal with a single member. */
class ReplicatedOwnerTest extends OwnerContract {

    private Config alone;
    @TempDir
    private Path dataDir;

    @Override
    protected Config config() {
        alone = alone == null ? Alone.config("") : alone;
        return JournalSystem.config(alone, dataDir);
    }

    private Ledger ledger() {
        return JournalExtension.get(kit.system()).journal(ReplicatedJournal.class).ledger();
    }

    @Override
    protected long deletedTo(String id) {
        return ledger().deletedTo(id);
    }

    @Override
    protected long snapshots(String id) {
        AtomicLong count = new AtomicLong();
        ledger().snapshot(id, snapshot -> {
            count.incrementAndGet();
            return false;
        });
        return count.get();
    }

    @Override
    protected void damageSnapshots(String id) {
        AkkaLog log = new AkkaLog(akka.event.NoLogging.getInstance());
        try {
            ReplicatedSettings settings = ReplicatedSettings.read(config());
            ReplicatedJournal journal = new ReplicatedJournal(RunningMember.start(settings,
                    new RunningMember.Surroundings(Security.NONE, log, System::nanoTime, new Random(), why -> { })),
                    settings, log, System::nanoTime);
            journal.caughtUp(id).toCompletableFuture().join();
            java.util.List<Ledger.Snapshot> all = new java.util.ArrayList<>();
            journal.ledger().snapshot(id, snapshot -> !all.add(snapshot));
            all.forEach(one -> {
                byte[] damaged = one.bytes().clone();
                damaged[damaged.length - 1] ^= 1;
                journal.save(new Command.SaveSnapshot(id, one.sequenceNr(), one.timestamp(), 0, 1, damaged))
                        .toCompletableFuture().join();
            });
            journal.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
