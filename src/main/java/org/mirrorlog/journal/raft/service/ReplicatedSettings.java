package org.mirrorlog.journal.raft.service;

import com.typesafe.config.Config;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalKeys;

/**
 * The keys of {@code mirrorlog.replicated}; mirrorlog-replicated.conf says what they mean.
 *
 * @param self this member among them
 * @param isTls whether members have certificates
 */
record ReplicatedSettings(List<String> members, String self, Path directory, Duration startWithin, Duration holdFor,
        Duration stalledAfter, boolean isTls) {

    static final String PATH = "mirrorlog.replicated";

    private static final int MOST_MEMBERS = 7;
    private static final int MOST_PORT = 65_535;
    private static final String HOST = "mirrorlog.cluster.host";
    private static final String CERTIFICATE = "mirrorlog.cluster.tls.certificate";
    private static final String INSECURE = "mirrorlog.cluster.insecure";

    /** Copies the list. */
    ReplicatedSettings {
        members = List.copyOf(members);
    }

    /**
     * Reads the whole configuration.
     *
     * @throws JournalException naming every bad key with its value, what is allowed and where it was set
     */
    static ReplicatedSettings read(Config root) throws JournalException {
        JournalKeys in = new JournalKeys(root, PATH);
        Duration second = Duration.ofSeconds(1);
        Duration tenMinutes = Duration.ofMinutes(10);
        String host = root.hasPath(HOST) ? root.getString(HOST) : "127.0.0.1";
        String self = (host.contains(":") ? "[" + host + "]" : host) + ":" + in.number("port", 1, MOST_PORT);
        boolean isTls = root.hasPath(CERTIFICATE) && !root.getString(CERTIFICATE).isEmpty();
        List<String> members = in.names("members", "a list of host:port of all members");
        if (members.isEmpty() || members.size() > MOST_MEMBERS || members.stream().distinct().count() < members.size()
                || !members.stream().allMatch(ReplicatedSettings::isEndpoint) || !members.contains(self)) {
            in.refuse("members", "host:port of each member once, 1 to " + MOST_MEMBERS + ", this node among them: "
                    + self + " (mirrorlog.cluster.host and " + PATH + ".port)");
        } else if (!isTls && !isInsecure(root) && !members.stream().allMatch(ReplicatedSettings::isLoopback)) {
            in.refuse("members", "loopback addresses, unless mirrorlog.cluster.tls is given (deploy/make-certs), or "
                    + INSECURE + " = true");
        }
        ReplicatedSettings settings = new ReplicatedSettings(members, self,
                Path.of(in.text("dir", "the path of a directory")), in.duration("start-within", second, tenMinutes),
                in.duration("hold-for", second, tenMinutes), in.duration("stalled-after", second, tenMinutes), isTls);
        in.check();
        return settings;
    }

    private static boolean isEndpoint(String text) {
        return text.matches("[A-Za-z0-9._:\\[\\]-]{1,255}:[1-9][0-9]{0,4}")
                && Integer.parseInt(text.substring(text.lastIndexOf(':') + 1)) <= MOST_PORT;
    }

    private static boolean isInsecure(Config root) {
        return root.hasPath(INSECURE) && root.getBoolean(INSECURE);
    }

    private static boolean isLoopback(String member) {
        try {
            return InetAddress.getByName(member.substring(0, member.lastIndexOf(':'))).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
