package org.mirrorlog.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether the kernel of this machine can be served, as far as files tell.
 *
 * @param isUsable whether a mirror with log type {@code userspace} can reach a daemon that runs as this process does
 * @param reason one line: what was found, or what is missing and how to go on
 */
public record KernelSupport(boolean isUsable, String reason) {
    private static final String MODULE = "dm-log-userspace";
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;

    /** Looks at this machine. */
    public static KernelSupport probe() {
        return probe(Path.of("/"));
    }

    /** Looks at a machine whose files lie below {@code root}. */
    static KernelSupport probe(Path root) {
        String connector = read(root.resolve("proc/net/connector"));
        if (connector.isEmpty()) {
            return no("no /proc/net/connector: this kernel has no connector (CONFIG_CONNECTOR), or this is not"
                    + " the initial network namespace");
        }
        String release = read(root.resolve("proc/sys/kernel/osrelease")).strip();
        Path modules = root.resolve("lib/modules").resolve(release.isEmpty() ? "unknown" : release);
        boolean hasDeviceMapper = read(root.resolve("proc/misc")).contains("device-mapper")
                || Files.isDirectory(root.resolve("sys/module/dm_mod"));
        if (!hasDeviceMapper && !isInstalled(modules, "dm-mod")) {
            return no("kernel " + release + " has no device mapper (CONFIG_BLK_DEV_DM), neither loaded nor under "
                    + modules);
        }
        boolean isLoaded = connector.lines().anyMatch(KernelSupport::isLogEntry)
                || Files.isDirectory(root.resolve("sys/module/dm_log_userspace"));
        if (!isLoaded && !isInstalled(modules, MODULE)) {
            return no("kernel " + release + " lacks " + MODULE + " (CONFIG_DM_LOG_USERSPACE), neither loaded nor under "
                    + modules);
        }
        String missing = missingCapabilities(read(root.resolve("proc/self/status")));
        if (!missing.isEmpty()) {
            return no("this process lacks " + missing + ", without which the kernel ignores its replies: run as root");
        }
        return new KernelSupport(true,
                MODULE + (isLoaded ? " is loaded" : " is loaded by the kernel when a mirror needs it")
                + " (kernel " + release + ")");
    }

    private static KernelSupport no(String reason) {
        return new KernelSupport(false, reason);
    }

    /** The connector lists its users as {@code name idx:val}. */
    private static boolean isLogEntry(String line) {
        return line.strip().endsWith(" 7:1") || line.strip().endsWith("\t7:1");
    }

    /** Whether depmod's lists know a module, built in or loadable; they write it with either kind of dash. */
    private static boolean isInstalled(Path modules, String module) {
        String either = module.replace("-", "[-_]");
        for (String list : List.of("modules.builtin", "modules.dep")) {
            if (read(modules.resolve(list)).lines().anyMatch(line -> line.matches("[^:]*/" + either + "\\.ko.*"))) {
                return true;
            }
        }
        return false;
    }

    private static String missingCapabilities(String status) {
        String mask = status.lines().filter(line -> line.startsWith("CapEff:")).map(line -> line.substring(7).strip())
                .findFirst().orElse("");
        if (!mask.matches("[0-9a-fA-F]{1,16}")) {
            return "";
        }
        long held = Long.parseUnsignedLong(mask, 16);
        String missing = (held >> CAP_SYS_ADMIN & 1) == 0 ? "CAP_SYS_ADMIN" : "";
        if ((held >> CAP_NET_ADMIN & 1) == 0) {
            missing += (missing.isEmpty() ? "" : " and ") + "CAP_NET_ADMIN";
        }
        return missing;
    }

    /** The file's text; empty if it is not there, which is what absence means in /proc and /sys. */
    private static String read(Path file) {
        if (!Files.isReadable(file)) {
            return "";
        }
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
