package org.mirrorlog.simulation;

/** Breaches of rules that can be planted to prove that the checkers see them; NONE in every other run. */
enum Hole {
    NONE(""),
    H1_MARKS_FORGOTTEN_AT_TAKEOVER("a new owner knows nobody's marks"),
    H2_HINTS_FORGOTTEN_AT_TAKEOVER("a new owner knows nobody's hints"),
    H3_ANY_REPORT_FREES_SLOT("any SET_REGION_SYNC frees the recovery slot"),
    H4_DEAD_RECOVERER_KEEPS_SLOT("the slot of a dead recoverer is never freed"),
    H5_TORN_WRITES_IN_SYNC("what a dead node was writing stays in sync"),
    H6_FLUSH_BEFORE_DEVICE("FLUSH is answered before the log device has the mark"),
    H7_DEVICE_FAILURE_FORGOTTEN("a failed device write is taken for done"),
    H8_NO_DEVICE_WRITE("the log device is never written"),
    H8_NO_DEVICE_FLUSH("the device's cache is never flushed"),
    H9_MARK_DURING_RECOVERY("a MARK does not wait for a recovery elsewhere"),
    H9_RECOVERY_IGNORES_MARKS("a region marked elsewhere is handed out"),
    H10_HINTS_IGNORED("a region below the hint of another node is handed out"),
    H11_IN_SYNC_FOLLOWS_TRUTH("IN_SYNC says what is true now, whatever it said before"),
    H12_HALTED_OWNER("while the owner's own table is being suspended, everybody may write everywhere"),
    H13_FAILURE_NOT_RECORDED("SET_REGION_SYNC 0 is acknowledged and forgotten"),
    OLD_REQUESTS_EXECUTED("a daemon that is started anew executes what the one before it has read"),
    H14_RECONNECT_REFUSED("a repeated CTR is an error"),
    H15_FLUSH_PAYLOAD_IGNORED("marks inside FLUSH are ignored"),
    H18_REJOIN_WITHOUT_MARKS("a restarted daemon believes that its kernel marks nothing"),
    H23_BLOCKED_LOG_BLOCKS_ALL("while one log is blocked, no request of the machine is served"),
    H26_DTR_OF_ANOTHER_TABLE("DTR of an unused table destroys the used one"),
    H27_COUNT_BEFORE_RESUME("GET_SYNC_COUNT says all before RESUME"),
    H28_FAILURE_LEAVES_CLEAN("SET_REGION_SYNC 0 leaves the region clean"),
    D1_APPEND_WITHOUT_COMPARE("the journal takes every append"),
    D2_SHORT_HISTORY("an owner answers from a shorter history than the asker has seen"),
    D2_FORGETS_WITH_THE_MACHINE("what was heard of a log is forgotten with the machine's boot"),
    D2_TRUSTS_WHAT_IT_KNOWS("a log that the journal knows goes on, whatever more other nodes have heard of it"),
    D2_ASKS_NOBODY("a log that the journal does not know begins clean, whatever other nodes have heard of it"),
    D3_ANSWER_BEFORE_APPEND("the owner answers before its append is accepted"),
    D3_UNPROVEN_READ_BACK("an owner reads the device back without asking whether it was deposed"),
    D3_DEPOSED_SAYS_CLEAN("IS_CLEAN is answered by an owner that has not proven its term"),
    D5_OLD_ROUNDS_EXECUTED("late copies of rounds are executed"),
    D6_CLEARED_BEFORE_DROPPED("clears leave the machine while its record still holds the marks"),
    D7_HIGHER_HINT("IS_REMOTE_RECOVERING repeats a hint that was never recorded"),
    D8_NOT_IN_SYNC("IN_SYNC says no without a grant"),
    D9_ALL_IN_SYNC("GET_SYNC_COUNT says all from memory"),
    D10_GRANTS_FORGOTTEN("grants are not recorded"),
    D11_DOOMED_WAITS("a write to a region that a dead node tore waits for its recovery"),
    D12_WORK_IS_HELD("GET_RESYNC_WORK waits until there is work"),
    D13_DOUBT_ENDS_AT_LEAVE("what was never cleared is cleared by the suspend"),
    D14_MARKS_NOT_IN_RECORD("MARK is not in the local record"),
    D15_UNKNOWN_TABLE("a running table without record is told that it is unknown"),
    D16_CONFIRMED_ALIVE("the death of a machine that still runs is confirmed"),
    D16_UNREACHABLE_IS_DEAD("a node that was not heard for a while is declared dead"),
    D16_NAME_IS_MACHINE("a new boot of another machine that has the same name proves a death"),
    D18_DOUBT_ENDS_WITH_EPOCH("a nosync log starts clean, whatever was dirty at its end"),
    D19_REGION_SIZE_IGNORED("a dirty map is read with another region size"),
    D20_NO_TAKEOVER_REWRITE("a new owner does not rewrite the device"),
    D20_NO_READ_BACK("what a deposed owner wrote late stays on the device after the last leave"),
    D20_OWNER_ANYWHERE("an owner serves a log that is not used on its node"),
    D21_ANY_JOURNAL("a log device in use is believed whatever journal there is"),
    D21_RECOVERED_BEFORE_ALL_RESUMED("an adopted log is recovered though somebody has not resumed anew"),
    R4_GRANTS_IGNORED("a region that another node writes on one leg is handed out"),
    S1_RECONNECT_UNMARKED("a reconnect is answered though not every region is marked"),
    S1_CLEARED_DURING_RECONNECT("what is cleared during a reconnect is not marked any more"),
    S5_TWO_RECOVERERS("a region under recovery is handed out once more"),
    S7_SYNCED_BY_ANYBODY("SET_REGION_SYNC 1 counts from whoever sends it"),
    S7_D5_LATE_REPORT_COUNTS("a late copy of SET_REGION_SYNC 1 is executed, and counts"),
    S8_INTERRUPTED_STAYS_IN_SYNC("after an interrupted reconnect everything stays in sync"),
    S10_CLEAR_MAKES_SYNCED("a CLEAR makes an unsynced region good"),
    S11_WRITE_DURING_COPY("IS_REMOTE_RECOVERING says no while the region is copied"),
    S13_COUNT_ABOVE_TRUTH("GET_SYNC_COUNT counts one region more, though not all"),
    S13_COUNT_TOO_HIGH("GET_SYNC_COUNT counts the region under recovery"),
    S19_GROWTH_IS_CLEAN("regions that a mirror grew by are taken for equal"),
    S23_BITS_BEYOND_COUNT("a region beyond the count is dirty");

    private final String what;

    Hole(String what) {
        this.what = what;
    }

    String what() {
        return what;
    }
}
