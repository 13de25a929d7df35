package org.mirrorlog.door;

/**
 * A process of this machine, as the kernel knows it: it asks over a UNIX socket, which lets in only who may do all.
 *
 * @param user name of the user, or the number where there is no name
 */
public record LocalCaller(int uid, int pid, String user) implements Caller {
    @Override
    public boolean mayObserve() {
        return true;
    }

    @Override
    public boolean mayOperate() {
        return true;
    }

    @Override
    public String toString() {
        return "user " + user + " (uid " + uid + "), process " + pid;
    }
}
