package org.mirrorlog.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The numbers heard, told from memory at once and written by another thread: whoever serves kernels never waits for the
 * disk, whatever it does. What is not written yet is in memory only: a daemon that is killed forgets what it has heard
 * in its last moment. A table's marks do not depend on it, those are in its record.
 */
final class HeardAside implements HeardNumbers {
    private final HeardFile file;
    private final Executor writer;
    /** By log, what this daemon has heard. */
    private final Map<String, Last> told = new ConcurrentHashMap<>();
    /** Of it, what is to be written. */
    private final Map<String, Last> unwritten = new ConcurrentHashMap<>();
    private final Set<String> unreserved = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isOrdered = new AtomicBoolean();
    /** The writer's, or whoever forces: only with the lock of the file. */
    private final Map<String, Log> places = new HashMap<>();

    /**
     * Reads the file, if it can be read now.
     *
     * @param writer runs what may wait for the disk, one after the other
     */
    HeardAside(HeardFile file, Executor writer) {
        this.file = file;
        this.writer = writer;
        file.look();
    }

    @Override
    public Last last(String uuid) {
        Last heard = told.get(uuid);
        return heard != null ? heard : file.known(uuid);
    }

    /** Room is taken soon; where there is none, {@link #force} says so. */
    @Override
    public void reserve(String uuid) {
        unreserved.add(uuid);
        order();
    }

    @Override
    public Log of(String uuid) {
        return (number, term) -> {
            Last heard = new Last(number, term);
            told.put(uuid, heard);
            unwritten.put(uuid, heard);
            order();
        };
    }

    private void order() {
        if (isOrdered.compareAndSet(false, true)) {
            writer.execute(() -> {
                isOrdered.set(false);
                try {
                    write();
                } catch (UncheckedIOException e) {
                    // Whoever forces tries again, and tells.
                    return;
                }
            });
        }
    }

    private void write() {
        synchronized (file) {
            file.look();
            Optional<UncheckedIOException> refused = reserve();
            Map.copyOf(unwritten).forEach((uuid, heard) -> {
                places.computeIfAbsent(uuid, file::of).note(heard.number(), heard.term());
                unwritten.remove(uuid, heard);
            });
            file.tryAgain();
            if (refused.isPresent()) {
                throw refused.get();
            }
        }
    }

    private Optional<UncheckedIOException> reserve() {
        for (String uuid : Set.copyOf(unreserved)) {
            try {
                file.reserve(uuid);
                unreserved.remove(uuid);
            } catch (UncheckedIOException e) {
                return Optional.of(e);
            }
        }
        return Optional.empty();
    }

    /**
     * What was noted before survives the machine when this returns. From any thread; waits for the disk.
     *
     * @throws IOException it does not, or there is no room for a log
     */
    void force() throws IOException {
        try {
            write();
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
        file.force();
    }
}
