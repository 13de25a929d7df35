package org.mirrorlog.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Who listens to a connector group in this network namespace, as {@code /proc/net/netlink} tells. */
final class ConnectorGroup {
    private static final Path SOCKETS = Path.of("/proc/net/netlink");
    private static final String CONNECTOR_PROTOCOL = "11";
    private static final int PROTOCOL = 1;
    private static final int PORT_ID = 2;
    private static final int GROUPS = 3;

    private ConnectorGroup() {
    }

    /**
     * Checks that a group has no members.
     *
     * @param own port id of the one that does not count
     * @throws IOException naming the members: port ids, which are process ids as a rule, with the program's name
     */
    static void requireNobody(int group, OptionalInt own) throws IOException {
        List<Long> members = members(Files.readAllLines(SOCKETS), group);
        members.removeIf(member -> own.isPresent() && member.intValue() == own.getAsInt());
        if (!members.isEmpty()) {
            throw new IOException("somebody listens to connector group " + group + " already: port id "
                    + describe(members.get(0)) + (members.size() > 1 ? " and " + (members.size() - 1) + " more" : "")
                    + "; stop it first: of two log daemons the first answer would win, and a mere listener hides"
                    + " from the kernel that its daemon is missing");
        }
    }

    /** Port ids of the group's members; lines that are not understood are no members. */
    static List<Long> members(List<String> lines, int group) {
        List<Long> members = new ArrayList<>();
        for (String line : lines) {
            String[] fields = line.trim().split("\\s+");
            if (fields.length > GROUPS && fields[PROTOCOL].equals(CONNECTOR_PROTOCOL)
                    && fields[GROUPS].matches("[0-9a-fA-F]{1,8}") && fields[PORT_ID].matches("-?[0-9]{1,10}")
                    && (Integer.parseUnsignedInt(fields[GROUPS], 16) & 1 << group - 1) != 0) {
                members.add(Long.parseLong(fields[PORT_ID]));
            }
        }
        return members;
    }

    private static String describe(long portId) {
        Path name = Path.of("/proc", Long.toString(portId), "comm");
        try {
            return portId + " (" + Files.readString(name, StandardCharsets.UTF_8).strip() + ")";
        } catch (IOException e) {
            // Not a process id, or the process is gone: the number alone must do.
            return Long.toString(portId);
        }
    }
}
