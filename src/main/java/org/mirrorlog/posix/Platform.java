package org.mirrorlog.posix;

/** The numbers that differ between Linux architectures. Everything else in this room is the same on all of them. */
final class Platform {
    static final int O_DIRECT;
    static final long BLKROGET;
    static final long BLKSSZGET;
    static final long BLKGETSIZE64;
    static final int MCL_CURRENT;
    static final int MCL_FUTURE;

    static {
        String architecture = System.getProperty("os.arch", "");
        boolean isArm = architecture.equals("aarch64") || architecture.startsWith("arm");
        boolean isPower = architecture.startsWith("ppc64");
        O_DIRECT = isArm ? 0x10000 : isPower ? 0x20000 : 0x4000;
        // _IO(0x12, 94), _IO(0x12, 104) and _IOR(0x12, 114, size_t): Power has its own direction bits.
        BLKROGET = isPower ? 0x2000125eL : 0x125eL;
        BLKSSZGET = isPower ? 0x20001268L : 0x1268L;
        BLKGETSIZE64 = isPower ? 0x40081272L : 0x80081272L;
        MCL_CURRENT = isPower ? 0x2000 : 1;
        MCL_FUTURE = isPower ? 0x4000 : 2;
    }

    private Platform() {
    }
}
