package org.mirrorlog.settings;

/**
 * One key that cannot be used.
 *
 * @param path the key
 * @param value what was given, as text
 * @param allowed what is allowed, with the unit
 * @param origin where it was set: file and line, or system properties
 */
record BadSetting(String path, String value, String allowed, String origin) {
    /** One line for people. */
    @Override
    public String toString() {
        return path + " = " + value + " is not allowed (" + origin + "); allowed: " + allowed;
    }
}
