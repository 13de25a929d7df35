package org.mirrorlog.owner;

import akka.actor.AbstractExtensionId;
import akka.actor.ClassicActorSystemProvider;
import akka.actor.ExtendedActorSystem;
import akka.actor.Extension;
import akka.cluster.Cluster;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.util.Version;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the builds of all members can read. Kinds of events and snapshots belong to formats, which are numbered; each
 * member tells the highest that it can read as its {@code akka.cluster.app-version}, and one that tells none can read
 * format 0 only. Nothing is written that a member cannot read: whoever needs a newer kind asks {@link #tooOldFor}
 * first, and {@link LogSerializer} refuses it otherwise. Once it was written, or read, a member that cannot read it is
 * removed from the cluster by every node that knows, also after a restart: it would hold logs that others can serve.
 *
 * <p>Thread-safe. An actor system without a cluster is alone.
 */
public final class Builds implements Extension {
    /** What this build can read. Must be the value of {@code akka.cluster.app-version}. */
    public static final int FORMAT = 1;
    private static final Id ID = new Id();
    private static final Logger LOG = LoggerFactory.getLogger(Builds.class);
    private static final String NOTE = "format";
    private static final Set<MemberStatus> GONE = Set.of(MemberStatus.down(), MemberStatus.removed());

    private final ExtendedActorSystem system;
    private final boolean isClustered;
    private final Path note;
    private volatile int used;

    private Builds(ExtendedActorSystem system) {
        this.system = system;
        this.isClustered = "cluster".equals(system.settings().config().getString("akka.actor.provider"));
        this.note = Path.of(system.settings().config().getString("mirrorlog.data-dir")).resolve(NOTE);
        this.used = isClustered ? noted(note) : 0;
    }

    /** That of an actor system. */
    public static Builds get(ClassicActorSystemProvider system) {
        return ID.get(system);
    }

    /** What a member has to tell to be able to read a format. */
    private static Version version(int format) {
        return new Version(Integer.toString(format));
    }

    /**
     * Why nothing of this format may be written yet, for people; empty if all members can read it. Members that come
     * later and cannot are removed.
     */
    public Optional<String> tooOldFor(int format) {
        return format == 0 || !isClustered ? Optional.empty()
                : StreamSupport.stream(Cluster.get(system).state().getMembers().spliterator(), false)
                        .filter(member -> isTooOld(member, format)).findFirst()
                        .map(member -> "not yet: the node at " + member.address() + " runs an older build");
    }

    /** Whether a member that is not gone can read this format. */
    public static boolean isAtLeast(Member member, int format) {
        return !GONE.contains(member.status()) && !isTooOld(member, format);
    }

    private static boolean isTooOld(Member member, int format) {
        return !GONE.contains(member.status()) && member.appVersion().compareTo(version(format)) < 0;
    }

    /**
     * Something of this format is about to be written.
     *
     * @throws IllegalStateException a member could not read it
     */
    void write(int format) {
        Optional<String> tooOld = tooOldFor(format);
        if (tooOld.isPresent()) {
            throw new IllegalStateException(tooOld.get());
        }
        use(format);
    }

    /** Something of this format is in the journal. */
    void use(int format) {
        if (format <= used || !isClustered) {
            return;
        }
        synchronized (this) {
            if (format > used) {
                remember(format);
                used = format;
            }
        }
        Cluster.get(system).state().getMembers().forEach(this::admit);
    }

    /** Removes a member that cannot read what is in the journal. */
    public void admit(Member member) {
        if (isTooOld(member, used)) {
            LOG.error("the node at {} runs an older build, which cannot read what newer ones have written to the"
                    + " journal: it is removed from the cluster; upgrade it", member.address());
            Cluster.get(system).down(member.address());
        }
    }

    private void remember(int format) {
        try (FileChannel file = FileChannel.open(note, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap((format + "\n").getBytes(StandardCharsets.US_ASCII)));
            file.force(true);
        } catch (IOException e) {
            LOG.warn("mirrorlog.data-dir: {} cannot be written ({}): after a restart this node may let in a node of an"
                    + " older build, which then holds logs", note, e.toString());
        }
    }

    /** What is no number was to become this build's. */
    private static int noted(Path note) {
        try {
            return Integer.parseInt(Files.readString(note, StandardCharsets.US_ASCII).strip());
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException | NumberFormatException e) {
            return FORMAT;
        }
    }

    private static final class Id extends AbstractExtensionId<Builds> {
        @Override
        public Builds createExtension(ExtendedActorSystem system) {
            return new Builds(system);
        }
    }
}
