package org.mirrorlog.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mirrorlog.protocol.LogSpec.LogType;
import org.mirrorlog.protocol.LogSpec.SyncMode;

/** One parse of a {@link ConstructorString}; a problem travels as an exception that never leaves this class. */
final class ConstructorParser {
    private static final int MAX_OPTIONS = 2;
    private static final long MAX_MAJOR = (1L << 12) - 1;
    private static final long MAX_MINOR = (1L << 20) - 1;
    private static final int LENGTH_AT = 0;
    private static final int TYPE_AT = 1;
    private static final int FIRST_ARGUMENT_AT = 2;

    private final byte[] payload;

    ConstructorParser(byte[] payload) {
        this.payload = payload;
    }

    ConstructorString parse() {
        try {
            return parsed();
        } catch (Refused refused) {
            return new ConstructorString.Problem(Errno.EINVAL, refused.getMessage());
        }
    }

    private ConstructorString.Parsed parsed() throws Refused {
        if (payload.length > ConstructorString.MAX_BYTES) {
            throw refused("has " + payload.length + " bytes", "at most " + ConstructorString.MAX_BYTES);
        }
        boolean isReconnect = payload.length > 0 && payload[payload.length - 1] == 0;
        String text = new String(payload, 0, payload.length - (isReconnect ? 1 : 0), StandardCharsets.ISO_8859_1);
        List<String> tokens = tokens(text);
        require(tokens.size() > LENGTH_AT, "length is missing", "<length> clustered-core|clustered-disk ...");
        long lengthSectors = number("length", tokens.get(LENGTH_AT), "1 or more sectors");
        LogType type = type(tokens);
        int regionSizeAt = type == LogType.DISK ? FIRST_ARGUMENT_AT + 1 : FIRST_ARGUMENT_AT;
        Optional<String> device = Optional.empty();
        if (type == LogType.DISK) {
            require(tokens.size() > FIRST_ARGUMENT_AT, "device is missing", usage(type));
            device = Optional.of(device(tokens.get(FIRST_ARGUMENT_AT)));
        }
        require(tokens.size() > regionSizeAt, "region_size is missing", usage(type));
        long regionSizeSectors = regionSize(tokens.get(regionSizeAt));
        requireRegionCount(lengthSectors, regionSizeSectors);
        List<String> options = tokens.subList(regionSizeAt + 1, tokens.size());
        require(options.size() <= MAX_OPTIONS, options.size() + " options after region_size", "at most " + MAX_OPTIONS);
        LogSpec spec = new LogSpec(lengthSectors, type, device, regionSizeSectors, syncMode(options),
                options.contains("block_on_error"));
        return new ConstructorString.Parsed(spec, isReconnect, text, unknown(options));
    }

    /** Splits at single blanks; blanks at the end are dropped, any other empty token is refused. */
    private static List<String> tokens(String text) throws Refused {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == 0x7f) {
                throw refused(String.format("byte %d is 0x%02x", i, (int) c), "no control characters");
            }
        }
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        List<String> tokens = new ArrayList<>();
        for (int start = 0; start < end;) {
            int blank = text.indexOf(' ', start);
            int stop = blank < 0 || blank > end ? end : blank;
            require(stop > start, "empty word at byte " + start, "one blank between words");
            tokens.add(text.substring(start, stop));
            start = stop + 1;
        }
        return tokens;
    }

    private static LogType type(List<String> tokens) throws Refused {
        require(tokens.size() > TYPE_AT, "log type is missing", "clustered-core or clustered-disk");
        String word = tokens.get(TYPE_AT);
        for (LogType type : LogType.values()) {
            if (type.word().equals(word)) {
                return type;
            }
        }
        throw refused("log type is " + quoted(word), "clustered-core or clustered-disk");
    }

    /** An absolute path or major:minor, short enough to go back to the kernel with a NUL. */
    private static String device(String word) throws Refused {
        require(word.length() < ReplySize.MAX_DEVICE_BYTES, "device has " + word.length() + " bytes",
                "at most " + (ReplySize.MAX_DEVICE_BYTES - 1));
        if (word.startsWith("/") && word.length() > 1) {
            return word;
        }
        int colon = word.indexOf(':');
        boolean isNumbers = colon > 0 && isDecimalUpTo(word.substring(0, colon), MAX_MAJOR)
                && isDecimalUpTo(word.substring(colon + 1), MAX_MINOR);
        require(isNumbers, "device is " + quoted(word),
                "an absolute path, or major:minor up to " + MAX_MAJOR + ':' + MAX_MINOR);
        return word;
    }

    private static boolean isDecimalUpTo(String word, long max) {
        return !word.isEmpty() && word.length() <= 10 && word.chars().allMatch(c -> c >= '0' && c <= '9')
                && Long.parseLong(word) <= max;
    }

    private static long regionSize(String word) throws Refused {
        String allowed = "a power of two, 2 to 2147483648 sectors";
        long sectors = number("region_size", word, allowed);
        require(sectors >= 2 && sectors <= 1L << 31 && Long.bitCount(sectors) == 1,
                "region_size is " + quoted(word), allowed);
        return sectors;
    }

    private static void requireRegionCount(long lengthSectors, long regionSizeSectors) throws Refused {
        long regionCount = (lengthSectors - 1) / regionSizeSectors + 1;
        require(regionCount <= 0xffff_ffffL, "length " + lengthSectors + " makes " + regionCount + " regions of "
                + regionSizeSectors + " sectors", "at most 4294967295 regions; take a larger region_size");
    }

    /** Decimal or 0x hexadecimal, 1 to 2^63-1. */
    private static long number(String what, String word, String allowed) throws Refused {
        boolean isHex = word.startsWith("0x") || word.startsWith("0X");
        String digits = isHex ? word.substring(2) : word;
        boolean isNumber = !digits.isEmpty() && digits.chars()
                .allMatch(c -> isHex ? isHexDigit(c) : c >= '0' && c <= '9');
        require(isNumber, what + " is " + quoted(word), allowed + ", decimal or 0x hexadecimal, no sign");
        long value;
        try {
            value = Long.parseLong(digits, isHex ? 16 : 10);
        } catch (NumberFormatException tooLarge) {
            throw refused(what + " is " + quoted(word), allowed + ", less than 2^63");
        }
        require(value > 0, what + " is 0", allowed);
        return value;
    }

    private static boolean isHexDigit(int c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
    }

    private static SyncMode syncMode(List<String> options) {
        SyncMode mode = SyncMode.DEFAULT;
        for (String option : options) {
            mode = option.equals("sync") ? SyncMode.SYNC : option.equals("nosync") ? SyncMode.NOSYNC : mode;
        }
        return mode;
    }

    private static List<String> unknown(List<String> options) {
        List<String> known = List.of("sync", "nosync", "block_on_error");
        return options.stream().filter(option -> !known.contains(option)).toList();
    }

    private static String usage(LogType type) {
        return "<length> " + type.word() + (type == LogType.DISK ? " <device>" : "")
                + " <region_size> [sync|nosync] [block_on_error]";
    }

    private static void require(boolean holds, String what, String allowed) throws Refused {
        if (!holds) {
            throw refused(what, allowed);
        }
    }

    private static Refused refused(String what, String allowed) {
        return new Refused("constructor string: " + what + "; allowed: " + allowed);
    }

    /** Fit for a log line: what is not ASCII becomes \\xNN. */
    private static String quoted(String word) {
        StringBuilder text = new StringBuilder("\"");
        word.chars().forEach(c -> text.append(c < 0x7f ? String.valueOf((char) c) : String.format("\\x%02x", c)));
        return text.append('"').toString();
    }

    /** Carries the text of a problem up to {@link #parse}. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private Refused(String text) {
            super(text, null, false, false);
        }
    }
}
