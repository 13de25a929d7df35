package org.mirrorlog.kernelguest;

/** How a script in the guest has ended: its exit status, and what it printed on both channels. */
record GuestResult(String script, int status, String output) {
    /** The output without the last line feed; AssertionError if the script failed. */
    String orFail() {
        if (status != 0) {
            throw new AssertionError("in the guest, exit " + status + ":\n" + script + "\n--- said:\n" + output);
        }
        return output.strip();
    }
}
