package org.mirrorlog.posix;

/**
 * What a path or an open descriptor is.
 *
 * @param type the kind of file
 * @param major for block and character devices, else 0
 * @param minor for block and character devices, else 0
 * @param sizeBytes length of a regular file; 0 for devices (see {@link RawFile#blockDeviceSizeBytes()})
 */
public record FileStatus(Type type, int major, int minor, long sizeBytes) {
    /** The kinds of file that this program tells apart. */
    public enum Type {
        REGULAR("regular file"), BLOCK("block device"), CHARACTER("character device"), DIRECTORY("directory"),
        OTHER("pipe or socket");

        private final String words;

        Type(String words) {
            this.words = words;
        }

        /** For messages: {@code block device}. */
        public String words() {
            return words;
        }
    }

    /** Whether this is the block device of that number. */
    public boolean isBlockDevice(int wantedMajor, int wantedMinor) {
        return type == Type.BLOCK && major == wantedMajor && minor == wantedMinor;
    }
}
