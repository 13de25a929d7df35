package org.mirrorlog.journal.raft.service;

import akka.actor.ActorSystem;
import akka.actor.ExtendedActorSystem;
import akka.event.Logging;
import com.typesafe.config.Config;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.mirrorlog.journal.AkkaLog;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalProvider;
import org.mirrorlog.journal.Lineage;
import org.mirrorlog.journal.raft.net.Security;
import org.mirrorlog.journal.raft.net.TlsSecurity;
import scala.concurrent.duration.Deadline;

/** Opens this node's member of the replicated journal that {@code mirrorlog.replicated} describes. */
public final class ReplicatedProvider implements JournalProvider {

    private static final String KIND = "replicated";
    /** Heartbeats, waiting and figures only; nothing true depends on it. */
    private static final LongSupplier NANOS = () -> Deadline.now().time().toNanos();

    /** Called by name. */
    public ReplicatedProvider() {
    }

    @Override
    public Optional<String> problems(Config root) {
        try {
            ReplicatedSettings.read(root);
            return Optional.empty();
        } catch (JournalException e) {
            return Optional.of(e.getMessage());
        }
    }

    @Override
    public ReplicatedJournal open(ExtendedActorSystem system) throws IOException {
        Config config = system.settings().config();
        ReplicatedSettings settings = ReplicatedSettings.read(config);
        AkkaLog log = new AkkaLog(Logging.getLogger(system, ReplicatedJournal.class));
        Security security = settings.isTls()
                ? new TlsSecurity(contexts(system, config)) : Security.NONE;
        RunningMember running = RunningMember.start(settings, new RunningMember.Surroundings(security, log, NANOS,
                new SecureRandom(), why -> failed(system, log, settings, why)));
        ReplicatedJournal journal = new ReplicatedJournal(running, settings, log, NANOS);
        try {
            journal.setSuccessor(Lineage.isSuccessor(config, KIND, journal.id(), log));
            return journal;
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    /** Of what the nodes speak with as well: one look at the files is like the other. */
    private static Supplier<SSLContext> contexts(ActorSystem system, Config config) throws JournalException {
        String provider = config.getString("akka.remote.artery.ssl.ssl-engine-provider");
        try {
            Supplier<?> contexts = (Supplier<?>) Class.forName(provider).getConstructor(ActorSystem.class)
                    .newInstance(system);
            return () -> (SSLContext) contexts.get();
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new JournalException("the replicated journal cannot use the certificates of this node: " + provider
                    + ": " + (e.getCause() == null ? e : e.getCause()), e);
        }
    }

    /** What this member may have told the others without having it on disk must not become more: the program ends. */
    private static void failed(ExtendedActorSystem system, AkkaLog log, ReplicatedSettings settings, Throwable why) {
        log.error("replicated journal in " + settings.directory() + ": its store has failed (" + why + "): nothing"
                + " leaves this member any more and the daemon ends; the next start finds out what is on the disk");
        system.terminate();
    }
}
