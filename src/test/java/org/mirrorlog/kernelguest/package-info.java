/**
 * Scenarios on a real kernel: a small Debian guest under QEMU runs {@code dm-mirror} on our log, while the daemon runs
 * outside at native speed (a JVM inside an emulated guest takes minutes to start). {@code src/test/kernel/README.md}
 * shows the picture and how to run one scenario by hand.
 *
 * <p>{@link org.mirrorlog.kernelguest.KernelLab} is one run: disks, guest, relay, daemon, and the directory {@code
 * target/kernel-guest/NAME} with their logs. All of it belongs to the test's thread, but for the reader of the guest's
 * control port. Nothing here imports the program under test: what is seen is what a kernel and an administrator see.
 */
package org.mirrorlog.kernelguest;
