package dev.pocketagent.provisioner;

import java.util.Random;

/** Texts that are likely to break whatever builds documents by hand. */
public final class RandomText {

    private static final String[] NASTY = {"\n", "\r\n", "\t", " ", "", ": ", "- ", "#", "{", "}", "[", "]", "&a", "*a",
            "!!java/object:x",
            "|", ">", "'", "\"", "\\", "%", "@", "`", "$", "${HOME}", "$$", "${X:?y}", "{$param: image}", "\"$param\"",
            "---", "...", "no",
            "0755", "1:30", "null", "~", "true", "1e3", "\u0085", "\u2028", "\u00a0", "\ufeff", "\u0007", "\u001b", "é",
            "日本", "😀",
            "privileged: true", "\n    privileged: true", "\"\n    privileged: true\n    x: \"", "a", "B", "7", "../",
            "/var/run/docker.sock",
            "<<: *x", "x-pocket", "services:"};

    private RandomText() {}

    /** Up to 12 nasty pieces; sound Unicode without NUL. */
    public static String next(Random random) {
        StringBuilder text = new StringBuilder();
        int pieces = random.nextInt(12);
        for (int i = 0; i < pieces; i++) {
            text.append(NASTY[random.nextInt(NASTY.length)]);
        }
        return text.toString();
    }
}
