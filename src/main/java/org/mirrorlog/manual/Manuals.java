package org.mirrorlog.manual;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.mirrorlog.cli.MirrorlogCtl;
import org.mirrorlog.process.Version;

/** Writes manual pages and completions below a directory: {@code Manuals DIR}. */
public final class Manuals {
    private Manuals() {
    }

    /** Writes all, replacing what is there. */
    public static void main(String[] words) throws IOException {
        for (Map.Entry<String, String> file : files(Version.ofThisBuild()).entrySet()) {
            Path path = Path.of(words[0]).resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
    }

    /** By their paths, the texts. */
    static Map<String, String> files(String version) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("man/mirrorlogctl.8", CommandPage.of(MirrorlogCtl.commands(), version).toString());
        files.put("man/mirrorlogd.8", DaemonPage.of(version).toString());
        files.put("man/mirrorlogd.conf.5", SettingsPage.of(version).toString());
        Map<String, String> completions = MirrorlogCtl.completions();
        files.put("completion/mirrorlogctl", completions.get("bash"));
        files.put("zsh/_mirrorlogctl", completions.get("zsh"));
        files.put("fish/mirrorlogctl.fish", completions.get("fish"));
        return files;
    }
}
