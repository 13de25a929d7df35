package org.mirrorlog.posix;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import jnr.ffi.Pointer;

/**
 * Address of a UNIX socket: a path, an abstract name (starts with a NUL byte and lives in the network namespace), or
 * unnamed. Immutable; keeps its {@code sockaddr_un} in native memory, so that sending to it copies nothing.
 */
public final class UnixAddress {
    /** Bytes of a path without its NUL, and of an abstract name without its leading NUL. */
    public static final int MAX_NAME_BYTES = 107;
    /** The address of a socket that was never bound: nobody can send to it. */
    public static final UnixAddress UNNAMED = new UnixAddress(new byte[0]);

    static final int MAX_SOCKADDR_BYTES = 110;
    private static final int FAMILY_BYTES = 2;

    private final byte[] name;
    private final Pointer sockaddr;
    private final int sockaddrLength;

    /**
     * {@code name} as in {@code sun_path}: without the terminating NUL of a path, with the leading one of an abstract
     * name.
     */
    private UnixAddress(byte[] name) {
        this.name = name;
        this.sockaddr = Linux.allocate(MAX_SOCKADDR_BYTES + 1);
        sockaddr.putShort(0, (short) Linux.AF_UNIX);
        sockaddr.put(FAMILY_BYTES, name, 0, name.length);
        boolean isPath = name.length > 0 && name[0] != 0;
        this.sockaddrLength = FAMILY_BYTES + name.length + (isPath ? 1 : 0);
    }

    /** A path in the file system, taken as it is: a relative one means the reader's working directory. */
    public static UnixAddress of(Path path) {
        byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_NAME_BYTES) {
            throw new IllegalArgumentException("socket path has " + bytes.length + " bytes, allowed are 1 to "
                    + MAX_NAME_BYTES + ": " + path);
        }
        return new UnixAddress(bytes);
    }

    /** A name in the abstract name space of this network namespace. */
    public static UnixAddress ofAbstract(String name) {
        byte[] bytes = ('\0' + name).getBytes(StandardCharsets.UTF_8);
        if (bytes.length < 2 || bytes.length > MAX_NAME_BYTES + 1) {
            throw new IllegalArgumentException("abstract socket name has " + (bytes.length - 1)
                    + " bytes, allowed are 1 to " + MAX_NAME_BYTES + ": " + name);
        }
        return new UnixAddress(bytes);
    }

    /** The address that the kernel wrote at {@code memory}, {@code length} bytes with the family. */
    static UnixAddress read(Pointer memory, int offset, int length) {
        int nameLength = nameLength(memory, offset, length);
        if (nameLength == 0) {
            return UNNAMED;
        }
        byte[] bytes = new byte[nameLength];
        memory.get(offset + FAMILY_BYTES, bytes, 0, nameLength);
        return new UnixAddress(bytes);
    }

    /** Whether the kernel's address at {@code memory} is this one; compares in place. */
    boolean isAt(Pointer memory, int offset, int length) {
        if (nameLength(memory, offset, length) != name.length) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (memory.getByte(offset + FAMILY_BYTES + i) != name[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * A path is returned with its NUL counted, sometimes with more after it; an abstract name has exactly its length.
     */
    private static int nameLength(Pointer memory, int offset, int length) {
        int given = Math.min(length, MAX_SOCKADDR_BYTES) - FAMILY_BYTES;
        if (given <= 0) {
            return 0;
        }
        if (memory.getByte(offset + FAMILY_BYTES) == 0) {
            return given == 1 ? 0 : given;
        }
        int end = 0;
        while (end < given && memory.getByte(offset + FAMILY_BYTES + end) != 0) {
            end++;
        }
        return end;
    }

    long sockaddrAddress() {
        return sockaddr.address();
    }

    int sockaddrLength() {
        return sockaddrLength;
    }

    /** True if the socket was never bound to a name. */
    public boolean isUnnamed() {
        return name.length == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnixAddress that && Arrays.equals(name, that.name);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(name);
    }

    /** The path; an abstract name with {@code @} in front, as tools print it; {@code (unnamed)}. */
    @Override
    public String toString() {
        if (isUnnamed()) {
            return "(unnamed)";
        }
        return name[0] == 0
                ? '@' + new String(name, 1, name.length - 1, StandardCharsets.UTF_8)
                : new String(name, StandardCharsets.UTF_8);
    }
}
