package org.mirrorlog.journal.raft.service;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.Storage;
import org.mirrorlog.journal.raft.net.Hello;

/**
 * Which member a directory is, and which starts of others it has met: the small file {@code member} beside the
 * segments. Each start draws a number that cannot be guessed, and has it on disk before anybody hears of it; whoever
 * has met a start of a member refuses all that do not tell of it: a copy of its directory as it was before, however
 * often that is started, and two at a time. Once the directory holds a journal the file says so: without its segments
 * the member has forgotten what it has voted and acknowledged, and must not begin anew as the same member.
 *
 * <pre>
 * member 00112233445566778899aabbccddeeff start 7 nonces 1123456789abcdef 0123456789abcdef
 * formed 102132435465768798a9bacbdcedfe0f
 * met 10.0.0.2:25522 ffeeddccbbaa99887766554433221100 start 4 nonce 0123456789abcdef
 * crc 89abcdef
 * </pre>
 *
 * <p>Thread safe.
 */
final class MemberFile {

    private static final String NAME = "member";
    private static final int MOST_BYTES = 64 * 1024;
    private static final Pattern OWN =
            Pattern.compile("member ([0-9a-f]{32}) start ([0-9]{1,18}) nonces((?: [0-9a-f]{16})*)");
    private static final Pattern MET =
            Pattern.compile("met (\\S+) ([0-9a-f]{32}) start ([0-9]{1,18}) nonce ([0-9a-f]{16})");
    private static final Pattern FORMED = Pattern.compile("formed ([0-9a-f]{32})");
    private static final Pattern FORM =
            Pattern.compile("(member [^\n]*\n(?:formed [^\n]*\n)?(?:met [^\n]*\n)*)crc ([0-9a-f]{8})\n");

    /** The latest start of a member. */
    private record Met(String id, long start, long nonce) {
    }

    private final Storage storage;
    private final String id;
    private final Map<String, Met> met = new ConcurrentSkipListMap<>();
    private final List<Long> nonces;
    private long start;
    private boolean isAnnounced;
    /** The journal that the directory holds; "" as long as it holds none. */
    private String formed = "";

    private MemberFile(Storage storage, String id, long start, List<Long> nonces) {
        this.storage = storage;
        this.id = id;
        this.start = start;
        this.nonces = new ArrayList<>(nonces);
    }

    /**
     * Reads the file, or makes one for a directory without a journal. Forced when this returns.
     *
     * @param hasJournal whether the directory holds segments; then the file must be there, and they must be if it says
     *        so
     */
    static MemberFile open(Storage storage, boolean hasJournal, Supplier<String> newId) throws IOException {
        MemberFile file = read(storage).orElse(null);
        if (file == null && hasJournal) {
            throw new JournalException("file " + storage.directory() + "/" + NAME + " is missing, though a journal is"
                    + " there: the directory is a copy of a part. Nothing was changed");
        }
        if (file != null && !hasJournal && !file.formed.isEmpty()) {
            throw new JournalException("the segments of journal " + file.formed + " in " + storage.directory()
                    + " are gone, and with them what this member has voted and acknowledged. Nothing was changed: bring"
                    + " those very segments back, never an older copy; without them this member takes part no more"
                    + " (docs/replicated.md)");
        }
        if (file == null) {
            file = new MemberFile(storage, newId.get(), 0, List.of());
            file.write();
        }
        return file;
    }

    private static Optional<MemberFile> read(Storage storage) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
        try (Storage.File file = storage.openForReading(NAME)) {
            Storage.readFully(file, bytes, 0);
        } catch (NoSuchFileException | FileNotFoundException e) {
            return Optional.empty();
        }
        Matcher form = FORM.matcher(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
        if (form.matches() && form.group(2).equals(crc(form.group(1)))) {
            String[] lines = form.group(1).split("\n");
            Matcher own = OWN.matcher(lines[0]);
            if (own.matches()) {
                List<Long> nonces = Stream.of(own.group(3).split(" ")).filter(word -> !word.isEmpty())
                        .map(word -> Long.parseUnsignedLong(word, 16)).toList();
                MemberFile read = new MemberFile(storage, own.group(1), Long.parseLong(own.group(2)), nonces);
                for (int i = 1; i < lines.length; i++) {
                    Matcher group = FORMED.matcher(lines[i]);
                    read.formed = group.matches() ? group.group(1) : read.formed;
                    Matcher one = MET.matcher(lines[i]);
                    if (one.matches()) {
                        read.met.put(one.group(1), new Met(one.group(2), Long.parseLong(one.group(3)),
                                Long.parseUnsignedLong(one.group(4), 16)));
                    }
                }
                return Optional.of(read);
            }
        }
        throw new JournalException("file " + storage.directory() + "/" + NAME + " is damaged: which member this"
                + " directory is, is not known any more. Nothing was changed");
    }

    /** Drawn when the directory was made. */
    String id() {
        return id;
    }

    /**
     * The directory holds the segments of a journal from now on, and is of no use without them. Forced when this
     * returns; to be called before anything is acknowledged.
     *
     * @throws IOException if that cannot be noted, or another journal was there
     */
    synchronized void formed(String group) throws IOException {
        if (formed.equals(group)) {
            return;
        }
        if (!formed.isEmpty()) {
            throw new JournalException("directory " + storage.directory() + " holds segments of journal " + group
                    + ", and " + NAME + " says that it is of " + formed + ". Nothing was changed");
        }
        formed = group;
        try {
            write();
        } catch (IOException | RuntimeException e) {
            formed = "";
            throw e;
        }
    }

    /**
     * Before others hear of this start: draws its number, once. A start that nobody hears of leaves no trace.
     *
     * @throws IOException if it cannot be noted: then nobody may hear of it
     */
    synchronized void announce(LongSupplier random) throws IOException {
        if (isAnnounced) {
            return;
        }
        nonces.add(random.getAsLong());
        start++;
        try {
            write();
            isAnnounced = true;
        } catch (IOException | RuntimeException e) {
            nonces.remove(nonces.size() - 1);
            start--;
            throw e;
        }
    }

    /** The identity of another member's directory; "" if it was not met. Waits for no disk. */
    String idOf(String name) {
        Met one = met.get(name);
        return one == null ? "" : one.id();
    }

    /** The number of the start that was announced last. */
    synchronized long start() {
        return start;
    }

    /** The newest numbers that were drawn. */
    synchronized List<Long> nonces() {
        return List.copyOf(nonces.subList(Math.max(0, nonces.size() - Hello.MOST_NONCES), nonces.size()));
    }

    /**
     * A member has said who it is.
     *
     * @param isFormed whether this member is of a group: then it knows the identities of all others
     * @return why it is not the one that was here before; empty: it is, and that is on disk
     */
    synchronized Optional<String> meet(Hello other, boolean isFormed) {
        Met now = new Met(other.id(), other.start(), other.nonce());
        Met before = met.get(other.name());
        if (now.equals(before)) {
            return Optional.empty();
        }
        if (before != null && before.id().equals(now.id())) {
            if (now.start() - before.start() >= Hello.MOST_NONCES) {
                return Optional.of("it was started more than " + Hello.MOST_NONCES + " times since start "
                        + before.start() + ", the last that was met here, and tells of that one no more");
            } else if (!other.nonceOf(before.start()).equals(Optional.of(before.nonce()))) {
                return Optional.of("its directory is set back, or is a copy: it knows nothing of start "
                        + before.start() + ", which was met here, and may have forgotten what it has acknowledged");
            }
        } else if (isFormed) {
            return Optional.of("its directory is another one than that of the member of this group: it was lost, or"
                    + " begun anew");
        }
        met.put(other.name(), now);
        try {
            write();
        } catch (IOException | RuntimeException e) {
            restore(other.name(), before);
            return Optional.of("that it was met cannot be noted here (" + e.getMessage() + ")");
        }
        return Optional.empty();
    }

    private void restore(String name, Met before) {
        if (before == null) {
            met.remove(name);
        } else {
            met.put(name, before);
        }
    }

    private synchronized void write() throws IOException {
        StringBuilder text = new StringBuilder("member " + id + " start " + start + " nonces");
        nonces().forEach(nonce -> text.append(String.format(" %016x", nonce)));
        text.append(formed.isEmpty() ? "\n" : "\nformed " + formed + "\n");
        met.forEach((name, one) -> text.append("met ").append(name).append(' ').append(one.id()).append(" start ")
                .append(one.start()).append(String.format(" nonce %016x\n", one.nonce())));
        String crc = crc(text.toString());
        text.append("crc ").append(crc).append('\n');
        storage.replace(NAME, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String crc(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", crc.getValue());
    }
}
