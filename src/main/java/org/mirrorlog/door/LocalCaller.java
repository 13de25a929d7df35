package org.mirrorlog.door;

/**
 * A process of this machine, as the kernel knows it: it asks over a UNIX socket.
 *
 * @param user name of the user, or the number where there is no name
 */
public record LocalCaller(int uid, int pid, String user) {
    @Override
    public String toString() {
        return "user " + user + " (uid " + uid + "), process " + pid;
    }
}
