package org.mirrorlog.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What settings take from the machine where they name it.
 *
 * @param hostname its name
 * @param bootId the kernel's random boot id
 * @param id which machine it is, for this program alone; empty if that is not known
 */
public record MachineIdentity(String hostname, String bootId, String id) {
    private static final Path KERNEL = Path.of("/proc/sys/kernel");
    private static final Path UPTIME = Path.of("/proc/uptime");
    private static final Path MACHINE_ID = Path.of("/etc/machine-id");
    /** Of the hardware or the virtual machine, for root; unlike the file above it goes along with no disk. */
    private static final List<Path> HARDWARE =
            List.of(Path.of("/sys/class/dmi/id/product_uuid"), Path.of("/proc/device-tree/serial-number"));
    private static final int ID_BYTES = 16;

    /** This machine, from /proc and /etc. Throws UncheckedIOException where /proc cannot be read. */
    public static MachineIdentity current() {
        return new MachineIdentity(line("hostname"), line("random/boot_id"), idIn(MACHINE_ID, HARDWARE));
    }

    /**
     * An id of the one in a file like {@code /etc/machine-id} and of the hardware, as far as that can be told; empty
     * where there is no such file. A copy of a machine's disks, in other hardware, is another machine.
     *
     * @param hardware files, the first of which that can be read says what it is
     */
    static String idIn(Path file, List<Path> hardware) {
        String id = firstLine(file).orElse("");
        return id.matches("[0-9a-f]{32}") && !id.matches("0+")
                ? idOf(id + hardware.stream().flatMap(place -> firstLine(place).stream()).findFirst().orElse("")) : "";
    }

    private static Optional<String> firstLine(Path file) {
        try {
            String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).replace("\0", "");
            return text.strip().lines().map(line -> line.strip().toLowerCase(Locale.ROOT)).findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * What others are told instead of a machine's own id, which machine-id(5) asks to keep to oneself: it cannot be
     * guessed from that of another program.
     */
    static String idOf(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] hash = mac.doFinal("mirrorlogd".getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(Arrays.copyOf(hash, ID_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** How long its kernel has been running, in milliseconds: no clock that anybody can set. */
    public static long uptimeMs() throws IOException {
        String text = Files.readString(UPTIME);
        try {
            return new BigDecimal(text.split(" ")[0]).movePointRight(3).longValue();
        } catch (NumberFormatException e) {
            throw new IOException(UPTIME + " does not begin with a number: " + text.strip(), e);
        }
    }

    private static String line(String name) {
        try {
            return Files.readString(KERNEL.resolve(name)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + KERNEL.resolve(name), e);
        }
    }
}
