package org.mirrorlog;

import java.util.List;

/**
 * Who may ask this daemon, and how; see {@code mirrorlog.management} in application.conf.
 *
 * @param names by which its endpoints may be asked for, beside those of this machine
 */
record DoorSettings(List<String> names) {
    static DoorSettings read(SettingsReader from) {
        return new DoorSettings(from.names("mirrorlog.management.names",
                "a list of names or addresses, without ports; IPv6 addresses in brackets",
                name -> name.matches("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]")));
    }
}
