package org.mirrorlog.instance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The runs of this machine's kernel that this data directory has served, in their order: the one thing that proves that
 * an earlier run is over (D16). They stand in the file {@code boots}, forced to disk before the daemon of a run asks
 * anything; so the order of two runs is the order of their entries, and no clock has a part in it. They prove nothing
 * unless node name and machine id are those of the runs before, and no other node is known to have this machine id.
 *
 * <p>The file has two slots, which are written in turn and in place: a write that is torn leaves the other one, and
 * where the file has been written once, a full disk stops no start.
 */
public final class ServedBoots {
    private static final String FILE = "boots";
    private static final int SLOT = 4096;
    private static final int SLOTS = 2;
    /** Earlier runs kept; one before these is proven over by nobody but an operator. */
    static final int KEPT = 16;
    private static final String MAGIC = "mirrorlog-boots-1";
    private static final String SHARED = "shared";
    private static final String ALONE = "alone";
    private static final int HEAD_LINES = 6;

    private final RecordDisk disk;
    private final Path directory;
    private final boolean isSameBoot;
    private Entries entries;
    private boolean isUnkept;

    /**
     * Who serves now.
     *
     * @param machine which machine it is; empty if that is not known
     * @param node its name
     * @param bootId which run of its kernel
     */
    public record Own(String machine, String node, String bootId) {
        public Own {
            Objects.requireNonNull(machine, "machine");
            Objects.requireNonNull(node, "node");
            Objects.requireNonNull(bootId, "bootId");
        }
    }

    /**
     * What is known. Immutable.
     *
     * @param isShared this machine id is no proof: another node has it, or an earlier run came back
     * @param boots newest first
     */
    public record Entries(long generation, Own own, boolean isShared, List<String> boots) {
        public Entries {
            boots = List.copyOf(boots);
        }

        /** Of a directory that has served nothing before. */
        public static Entries first(Own own) {
            return new Entries(1, own, false, List.of(own.bootId()));
        }

        /** With the run that serves now. */
        public Entries with(Own next) {
            if (next.equals(own)) {
                return this;
            }
            boolean isSameMachine = !next.machine().isEmpty() && next.machine().equals(own.machine());
            boolean isSame = isSameMachine && next.node().equals(own.node());
            List<String> earlier = new ArrayList<>(isSame ? boots : List.of());
            // A run that is not the last one and serves again: two machines, or a kernel set back to a snapshot.
            boolean isBack = earlier.indexOf(next.bootId()) > 0;
            earlier.remove(next.bootId());
            earlier.add(0, next.bootId());
            return new Entries(generation + 1, next, isSameMachine && isShared || isBack,
                    earlier.subList(0, Math.min(earlier.size(), KEPT + 1)));
        }

        /** From now on the machine id proves nothing. */
        public Entries shared() {
            return new Entries(generation + 1, own, true, boots);
        }

        /** Earlier runs that are certain to be over. Newest first. */
        public List<String> former() {
            return own.machine().isEmpty() || isShared ? List.of() : boots.subList(1, boots.size());
        }
    }

    private ServedBoots(RecordDisk disk, Path directory, Own own) throws IOException {
        this.disk = disk;
        this.directory = directory;
        Optional<Entries> before = read(disk, directory.resolve(FILE));
        entries = before.map(last -> last.with(own)).orElseGet(() -> Entries.first(own));
        isSameBoot = before.isPresent() && before.get().own().bootId().equals(own.bootId());
        if (!before.equals(Optional.of(entries))) {
            write();
        }
    }

    /**
     * Reads the file, creates it if need be, and adds the run that serves now.
     *
     * @param directory which exists, and whose own name is durable
     * @throws IOException it cannot be made durable: nothing may be served
     */
    public static ServedBoots open(Path directory, Own own) throws IOException {
        return open(RecordDisk.REAL, directory, own);
    }

    static ServedBoots open(RecordDisk disk, Path directory, Own own) throws IOException {
        try {
            return new ServedBoots(disk, directory, own);
        } catch (IOException e) {
            throw RecordDisk.at(directory.resolve(FILE), e);
        }
    }

    /** Earlier runs of this machine's kernel, which are over; empty where that is not certain. Newest first. */
    public synchronized List<String> former() {
        return entries.former();
    }

    /** Whether the directory's last start served the same run of the kernel. */
    boolean isSameBoot() {
        return isSameBoot;
    }

    /**
     * Another node has this machine id: from now on it proves nothing, also after a start that sees no other node.
     *
     * @throws IOException that is true until this daemon ends, and cannot be kept
     */
    public synchronized void share() throws IOException {
        if (!entries.isShared()) {
            entries = entries.shared();
            isUnkept = true;
        }
        if (isUnkept) {
            write();
            isUnkept = false;
        }
    }

    // --- bytes ----------------------------------------------------------------------------------------------------

    private void write() throws IOException {
        Path path = directory.resolve(FILE);
        RecordDisk.Content content;
        try {
            content = disk.open(path);
        } catch (NoSuchFileException e) {
            content = disk.create(path);
        }
        try (RecordDisk.Content opened = content) {
            if (opened.size() < (long) SLOTS * SLOT) {
                RecordDisk.writeFully(opened, ByteBuffer.allocate(SLOTS * SLOT), 0);
                opened.force();
            }
            RecordDisk.writeFully(opened, encode(entries), entries.generation() % SLOTS * SLOT);
            opened.force();
        }
        disk.forceDirectory(directory);
    }

    private static ByteBuffer encode(Entries entries) {
        List<String> lines = new ArrayList<>(List.of(MAGIC, Long.toString(entries.generation()),
                entries.own().machine(), entries.own().node(), entries.isShared() ? SHARED : ALONE));
        lines.addAll(entries.boots());
        String body = String.join("\n", lines) + "\n";
        byte[] bytes = (crc(body) + "\n" + body).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(SLOT).put(bytes).clear();
    }

    private static String crc(String body) {
        CRC32C crc = new CRC32C();
        crc.update(body.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", crc.getValue());
    }

    /** The newer of two slots; empty if there is no file, or no slot of it is sound: then nothing is proven. */
    static Optional<Entries> read(RecordDisk disk, Path path) throws IOException {
        try (RecordDisk.Content content = disk.open(path)) {
            Optional<Entries> newest = Optional.empty();
            for (int slot = 0; slot < SLOTS; slot++) {
                Optional<Entries> one = slot(path, content, slot);
                if (one.isPresent() && newest.stream().noneMatch(n -> n.generation() > one.get().generation())) {
                    newest = one;
                }
            }
            return newest;
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static Optional<Entries> slot(Path path, RecordDisk.Content content, int slot) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SLOT);
        try {
            RecordDisk.readFully(path, content, bytes, (long) slot * SLOT);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // its creation was cut short
        }
        String text = new String(bytes.array(), StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        int body = text.indexOf('\n') + 1;
        if (body == 0 || end < body || !text.substring(0, body - 1).equals(crc(text.substring(body, end)))) {
            return Optional.empty();
        }
        List<String> lines = List.of(text.substring(body, end).split("\n"));
        boolean isKnown = lines.size() >= HEAD_LINES && lines.get(0).equals(MAGIC);
        return isKnown ? Optional.of(new Entries(Long.parseLong(lines.get(1)),
                new Own(lines.get(2), lines.get(3), lines.get(HEAD_LINES - 1)), SHARED.equals(lines.get(4)),
                lines.subList(HEAD_LINES - 1, lines.size()))) : Optional.empty();
    }
}
