package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A directory in memory with a page cache and a disk below it, so that power can fail between any two operations.
 *
 * <p>On power failure every sector that was written but not forced has its old or its new content, by chance, and of
 * the directory operations not forced a prefix has happened. A force that fails leaves its sectors "clean" in the cache
 * though only some of them are on disk, as Linux does.
 */
public final class SimulatedStorage implements Storage {

    static final int SECTOR_BYTES = 512;

    /** Thrown by the operation during which power fails. */
    public static final class PowerFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final class Inode {
        private byte[] cache = new byte[0];
        private byte[] disk = new byte[0];
        private BitSet dirty = new BitSet();
        /** After a failed force: the cache is not on disk, and no later force will put it there. */
        private boolean isSizeDirty;
    }

    private final Random random;
    private Map<String, Inode> names = new LinkedHashMap<>();
    private Map<String, Inode> namesOnDisk = new LinkedHashMap<>();
    private final List<Map<String, Inode>> unforcedDirectories = new ArrayList<>();

    private long capacityBytes = Long.MAX_VALUE;
    private long operationsUntilPowerFailure = Long.MAX_VALUE;
    private double forceFailureRate;
    private double writeFailureRate;
    private double directoryFailureRate;
    private boolean hasShortWrites;
    private int openFiles;

    public SimulatedStorage(Random random) {
        this.random = random;
    }

    public void setCapacityBytes(long bytes) {
        capacityBytes = bytes;
    }

    public void setOperationsUntilPowerFailure(long operations) {
        operationsUntilPowerFailure = operations;
    }

    /** The share of forces, writes and directory operations that fail. */
    public void setFailureRates(double forces, double writes, double directories) {
        forceFailureRate = forces;
        writeFailureRate = writes;
        directoryFailureRate = directories;
    }

    public void setShortWrites(boolean on) {
        hasShortWrites = on;
    }

    public int openFiles() {
        return openFiles;
    }

    public long usedBytes() {
        return names.values().stream().mapToLong(inode -> inode.cache.length).sum();
    }

    /** The content as a program sees it. */
    public byte[] bytes(String name) {
        return names.get(name).cache.clone();
    }

    /** Replaces a file's content, on disk as well. */
    public void setBytes(String name, byte[] bytes) {
        Inode inode = new Inode();
        inode.cache = bytes.clone();
        inode.disk = bytes.clone();
        names.put(name, inode);
        namesOnDisk.put(name, inode);
    }

    SimulatedStorage copy() {
        SimulatedStorage copy = new SimulatedStorage(random);
        names.forEach((name, inode) -> copy.setBytes(name, inode.cache));
        return copy;
    }

    /** Only what any power failure leaves. */
    SimulatedStorage onDisk() {
        SimulatedStorage found = new SimulatedStorage(random);
        namesOnDisk.forEach((name, inode) -> found.setBytes(name, inode.disk));
        return found;
    }

    /** What the machine finds after power is back. Files still open are dead. */
    public void failPower() {
        int survived = random.nextInt(unforcedDirectories.size() + 1);
        Map<String, Inode> found = survived == 0 ? namesOnDisk : unforcedDirectories.get(survived - 1);
        for (Inode inode : new ArrayList<>(found.values())) {
            settle(inode);
        }
        names = new LinkedHashMap<>(found);
        namesOnDisk = new LinkedHashMap<>(found);
        unforcedDirectories.clear();
        restart();
    }

    /** A program that is killed: the cache stays as it is. */
    public void restart() {
        openFiles = 0;
        operationsUntilPowerFailure = Long.MAX_VALUE;
        setFailureRates(0, 0, 0);
    }

    private void settle(Inode inode) {
        int size = inode.disk.length;
        if (inode.isSizeDirty || inode.cache.length != inode.disk.length) {
            int other = inode.cache.length;
            size = switch (random.nextInt(3)) {
                case 0 -> size;
                case 1 -> other;
                default -> Math.min(size, other) + random.nextInt(Math.abs(size - other) + 1);
            };
        }
        byte[] found = Arrays.copyOf(inode.disk, size);
        for (int sector = inode.dirty.nextSetBit(0); sector >= 0; sector = inode.dirty.nextSetBit(sector + 1)) {
            if (random.nextBoolean()) {
                copySector(inode.cache, found, sector);
            }
        }
        inode.cache = found;
        inode.disk = found.clone();
        inode.dirty = new BitSet();
        inode.isSizeDirty = false;
    }

    private static void copySector(byte[] from, byte[] to, int sector) {
        int start = sector * SECTOR_BYTES;
        int length = Math.min(SECTOR_BYTES, Math.min(from.length, to.length) - start);
        if (length > 0) {
            System.arraycopy(from, start, to, start, length);
        }
    }

    private void operate() {
        if (--operationsUntilPowerFailure <= 0) {
            throw new PowerFailure();
        }
    }

    private void fail(double rate, String what) throws IOException {
        if (rate > 0 && random.nextDouble() < rate) {
            throw new IOException("Input/output error (injected: " + what + ")");
        }
    }

    @Override
    public String directory() {
        return "/simulated";
    }

    @Override
    public List<String> list() {
        return new ArrayList<>(names.keySet());
    }

    @Override
    public File openForReading(String name) throws IOException {
        Inode inode = names.get(name);
        if (inode == null) {
            throw new NoSuchFileException(name);
        }
        openFiles++;
        return new SimulatedFile(inode);
    }

    @Override
    public File openForWriting(String name) throws IOException {
        return openForReading(name);
    }

    @Override
    public File create(String name) throws IOException {
        operate();
        fail(directoryFailureRate, "create");
        if (usedBytes() >= capacityBytes) {
            throw new IOException("No space left on device");
        }
        change(name, new Inode());
        return openForReading(name);
    }

    private void change(String name, Inode inode) {
        if (inode == null) {
            names.remove(name);
        } else {
            names.put(name, inode);
        }
        unforcedDirectories.add(new LinkedHashMap<>(names));
    }

    @Override
    public void delete(String name) throws IOException {
        operate();
        fail(directoryFailureRate, "delete");
        change(name, null);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        operate();
        fail(directoryFailureRate, "rename");
        Inode inode = names.remove(from);
        if (inode == null) {
            throw new NoSuchFileException(from);
        }
        change(to, inode);
    }

    @Override
    public void forceDirectory() throws IOException {
        operate();
        fail(directoryFailureRate, "force of the directory");
        namesOnDisk = new LinkedHashMap<>(names);
        unforcedDirectories.clear();
    }

    @Override
    public void close() {
    }

    private final class SimulatedFile implements File {

        private final Inode inode;
        private boolean isClosed;

        private SimulatedFile(Inode inode) {
            this.inode = inode;
        }

        @Override
        public long sizeBytes() {
            return inode.cache.length;
        }

        @Override
        public int read(ByteBuffer target, long offsetBytes) {
            int available = (int) Math.min(target.remaining(), inode.cache.length - offsetBytes);
            if (available <= 0) {
                return -1;
            }
            target.put(inode.cache, (int) offsetBytes, available);
            return available;
        }

        @Override
        public int write(ByteBuffer source, long offsetBytes) throws IOException {
            operate();
            int bytes = source.remaining();
            if (hasShortWrites && bytes > 1) {
                bytes = 1 + random.nextInt(bytes);
            }
            if (writeFailureRate > 0 && random.nextDouble() < writeFailureRate) {
                put(source, offsetBytes, bytes / 2);
                throw new IOException("Input/output error (injected: write)");
            }
            long growth = offsetBytes + bytes - inode.cache.length;
            if (growth > 0 && usedBytes() + growth > capacityBytes) {
                throw new IOException("No space left on device");
            }
            put(source, offsetBytes, bytes);
            return bytes;
        }

        private void put(ByteBuffer source, long offsetBytes, int bytes) {
            int at = (int) offsetBytes;
            if (at + bytes > inode.cache.length) {
                inode.cache = Arrays.copyOf(inode.cache, at + bytes);
                inode.isSizeDirty = true;
            }
            source.get(inode.cache, at, bytes);
            if (bytes > 0) {
                inode.dirty.set(at / SECTOR_BYTES, (at + bytes - 1) / SECTOR_BYTES + 1);
            }
        }

        @Override
        public void force() throws IOException {
            operate();
            if (forceFailureRate > 0 && random.nextDouble() < forceFailureRate) {
                for (int s = inode.dirty.nextSetBit(0); s >= 0; s = inode.dirty.nextSetBit(s + 1)) {
                    if (random.nextBoolean()) {
                        copySector(inode.cache, inode.disk, s);
                    }
                }
                inode.dirty.clear();
                throw new IOException("Input/output error (injected: force)");
            }
            inode.disk = Arrays.copyOf(inode.disk, inode.cache.length);
            for (int s = inode.dirty.nextSetBit(0); s >= 0; s = inode.dirty.nextSetBit(s + 1)) {
                copySector(inode.cache, inode.disk, s);
            }
            inode.dirty.clear();
            inode.isSizeDirty = false;
        }

        @Override
        public void truncate(long sizeBytes) {
            operate();
            if (sizeBytes < inode.cache.length) {
                inode.cache = Arrays.copyOf(inode.cache, (int) sizeBytes);
                inode.isSizeDirty = true;
            }
        }

        @Override
        public void close() {
            if (!isClosed) {
                isClosed = true;
                openFiles--;
            }
        }
    }
}
