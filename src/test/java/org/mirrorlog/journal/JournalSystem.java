package org.mirrorlog.journal;

import akka.actor.ActorRef;
import akka.actor.ActorSystem;
import akka.actor.PoisonPill;
import akka.persistence.AtomicWrite;
import akka.persistence.JournalProtocol;
import akka.persistence.Persistence;
import akka.persistence.PersistentEnvelope;
import akka.persistence.PersistentRepr;
import akka.testkit.javadsl.TestKit;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import scala.jdk.javaapi.CollectionConverters;

/** An actor system with the two plugins on a directory, and the questions a persistent actor asks a journal. */
public final class JournalSystem implements AutoCloseable {

    public static final Duration LIMIT = Duration.ofSeconds(20);

    public final ActorSystem system;
    public final TestKit probe;
    public final String plugin;
    public final ActorRef journal;
    public final ActorRef snapshots;

    JournalSystem(Path dataDir, String... overrides) {
        this(config(dataDir, overrides));
    }

    /** With the plugins that the configuration selects. */
    public JournalSystem(Config config) {
        system = ActorSystem.create("journal-test", config);
        probe = new TestKit(system);
        plugin = config.getString("akka.persistence.journal.plugin");
        journal = Persistence.get(system).journalFor(plugin, ConfigFactory.empty());
        snapshots = Persistence.get(system).snapshotStoreFor(config.getString("akka.persistence.snapshot-store.plugin"),
                ConfigFactory.empty());
    }

    static Config config(Path dataDir, String... overrides) {
        return config(ConfigFactory.parseString(String.join("\n", overrides)), dataDir);
    }

    /** For any of our plugins; the embedded ones unless told otherwise. */
    public static Config config(Config overrides, Path dataDir) {
        return overrides
                .withFallback(ConfigFactory.parseString("mirrorlog.data-dir = \"" + dataDir + "\"\n"
                        + "akka.loglevel = WARNING\nakka.loggers = [\"akka.event.slf4j.Slf4jLogger\"]\n"
                        + "akka.logging-filter = \"akka.event.slf4j.Slf4jLoggingFilter\"\n"
                        + "akka.actor.allow-java-serialization = off\nakka.log-dead-letters = off\n"))
                .withFallback(ConfigFactory.parseResources("mirrorlog-journal.conf"))
                .withFallback(ConfigFactory.parseResources("mirrorlog-postgres.conf"))
                .withFallback(ConfigFactory.parseResources("mirrorlog-replicated.conf"))
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
    }

    public static PersistentRepr event(String id, long sequenceNr, Object payload) {
        return PersistentRepr.apply(payload, sequenceNr, id, "", false, ActorRef.noSender(), "writer-1");
    }

    public static AtomicWrite atomic(PersistentRepr... events) {
        return AtomicWrite.apply(CollectionConverters.asScala(List.of(events)).toList());
    }

    /** Writes in one call; the answer is what a persistent actor would get. */
    public void write(AtomicWrite... writes) {
        List<PersistentEnvelope> envelopes = new ArrayList<>(List.of(writes));
        journal.tell(new JournalProtocol.WriteMessages(CollectionConverters.asScala(envelopes).toList(),
                probe.getRef(), 1),
                probe.getRef());
    }

    /** Writes single events from {@code first} on and waits until they are on disk. */
    public void mustWrite(String id, long first, String... payloads) {
        for (int i = 0; i < payloads.length; i++) {
            write(atomic(event(id, first + i, payloads[i])));
            probe.expectMsgClass(LIMIT, JournalProtocol.WriteMessagesSuccessful$.class);
            probe.expectMsgClass(LIMIT, JournalProtocol.WriteMessageSuccess.class);
        }
    }

    /** Writes events in one commit and waits until they are on disk. */
    public void mustWriteAtOnce(String id, long first, int count) {
        PersistentRepr[] events = new PersistentRepr[count];
        for (int i = 0; i < count; i++) {
            events[i] = event(id, first + i, "event");
        }
        write(atomic(events));
        probe.expectMsgClass(LIMIT, JournalProtocol.WriteMessagesSuccessful$.class);
        probe.receiveN(count, LIMIT);
    }

    /** What a replay gives, as "seq:payload", and the highest sequence number. */
    public record Replayed(List<String> events, long highest) {
    }

    public Replayed replay(String id, long from, long to, long max) {
        journal.tell(new JournalProtocol.ReplayMessages(from, to, max, id, probe.getRef()), probe.getRef());
        List<String> events = new ArrayList<>();
        while (true) {
            Object message = probe.receiveOne(LIMIT);
            if (message instanceof JournalProtocol.ReplayedMessage replayed) {
                events.add(replayed.persistent().sequenceNr() + ":" + replayed.persistent().payload());
            } else if (message instanceof JournalProtocol.RecoverySuccess success) {
                return new Replayed(events, success.highestSequenceNr());
            } else {
                throw new AssertionError("replay of " + id + " answered " + message);
            }
        }
    }

    public Replayed replay(String id) {
        return replay(id, 1, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    public void mustDelete(String id, long to) {
        journal.tell(new JournalProtocol.DeleteMessagesTo(id, to, probe.getRef()), probe.getRef());
        probe.expectMsgClass(LIMIT, akka.persistence.DeleteMessagesSuccess.class);
    }

    @Override
    public void close() {
        probe.getRef().tell(PoisonPill.getInstance(), ActorRef.noSender());
        TestKit.shutdownActorSystem(system);
    }
}
