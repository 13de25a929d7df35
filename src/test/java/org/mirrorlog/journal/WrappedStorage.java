package org.mirrorlog.journal;

import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;

/** Storage with something between the journal and each file. */
record WrappedStorage(Storage storage, UnaryOperator<Storage.File> wrapper) implements Storage {

    @Override
    public String directory() {
        return storage.directory();
    }

    @Override
    public List<String> list() throws IOException {
        return storage.list();
    }

    @Override
    public File openForReading(String name) throws IOException {
        return wrapper.apply(storage.openForReading(name));
    }

    @Override
    public File openForWriting(String name) throws IOException {
        return wrapper.apply(storage.openForWriting(name));
    }

    @Override
    public File create(String name) throws IOException {
        return wrapper.apply(storage.create(name));
    }

    @Override
    public void delete(String name) throws IOException {
        storage.delete(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        storage.rename(from, to);
    }

    @Override
    public void forceDirectory() throws IOException {
        storage.forceDirectory();
    }

    @Override
    public void close() throws IOException {
        storage.close();
    }
}
