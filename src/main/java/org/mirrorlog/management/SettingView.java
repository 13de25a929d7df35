package org.mirrorlog.management;

/**
 * One setting that is in force, as JSON.
 *
 * @param value secrets are not shown
 * @param origin where it was set: file and line, or what else it was
 * @param isDefault nobody has set it
 */
public record SettingView(String key, String value, String origin, boolean isDefault) {
}
